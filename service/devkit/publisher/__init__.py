"""A fictional news site of West Africa, Le Courrier du Golfe, that keeps publishing.

- `story_files`, `stories/`: what it can write, in French and English; everybody in it is invented
- `journal`: what it has published, so that it goes on after a restart
- `article`: one entry of the journal as an article
- `static/pictures`: its pictures, drawn for Crieur, four a section
- `feeds`: RSS, Atom, JSON Feed, and the event that Crieur takes
- `pages`: the site
- `push`: tells Crieur about each event
- `serve`: the process, `python -m service.devkit.publisher`
"""
