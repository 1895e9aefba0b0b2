"""How it looks: an edition's frozen articles become a message for every choice of sections.

`build_view` builds what templates receive (`views`), `environment` wraps Jinja2, `inline`
wraps premailer. `render` makes subject, HTML and text, `size_budget` keeps them small enough,
`checks` inspects the result, `parts` joins inlined parts into variants, `render_edition` stores
the parts and the web version, and `notices` renders the transactional messages.
"""
