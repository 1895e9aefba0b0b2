"""A fictional news site of West Africa, Le Courrier du Golfe, that keeps publishing.

- `material`, `stories/`: what it can write, in French and English; everybody in it is invented
- `press`: what it has published, kept in a journal, so that it goes on after a restart
- `article`: one entry of the journal as an article
- `canvas`, `picture`: its pictures, drawn by Crieur itself
- `feeds`: RSS, Atom, JSON Feed, and the event that Crieur takes
- `pages`: the site
- `push`: tells Crieur about each event
- `serve`: the process, `python -m service.devkit.publisher`
"""
