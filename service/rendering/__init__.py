"""How it looks: an edition's frozen articles become a mail for every distinct choice of sections.

`views` is what templates receive, `environment` the door to Jinja2, `inline` the door to
premailer, `render` makes subject, HTML and text, `fit` keeps them small enough, `checks` reads
them again with a stranger's eyes, `render_edition` stores one rendition per variant, and
`notices` renders the transactional mails.
"""
