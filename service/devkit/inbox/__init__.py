"""The development inbox: takes every mail for everybody and shows what a reader would see.

- `store`: messages as files in a folder
- `sink`: the SMTP server that fills it
- `mail`: one raw mail as something to look at
- `answer`: what a reader or their server would send back
- `pages`: the web pages and the JSON for scripts
- `serve`: the process, `python -m service.devkit.inbox`
"""
