"""Every doorbell on one screen: its name, its queue, and what its ids are.

Readers wait for notices, so they have a queue of their own and never stand behind an edition.
`workers/` has one actor per job, under the same name.
"""

from service.kit.job import Job

POLL_FEED = Job("poll_feed", "articles")
"""feed_id: fetch it and take its articles in."""

BUILD_EDITION = Job("build_edition", "editions")
"""edition_id: carry an edition on from wherever it stands: select, freeze, render, enrol."""

SEND_EDITION = Job("send_edition", "delivery")
"""edition_id: lease due deliveries and hand them to the relay until none is due."""

SEND_NOTICE = Job("send_notice", "notices")
"""notice_id: hand one transactional mail to the relay."""

RECORD_OUTCOME = Job("record_outcome", "outcomes")
"""report_id: understand a raw report and give it its effects."""

RECORD_REFUSALS = Job("record_refusals", "outcomes")
"""edition_id (0: the notices): judge what relays refused at once."""

ALL = (POLL_FEED, BUILD_EDITION, SEND_EDITION, SEND_NOTICE, RECORD_OUTCOME, RECORD_REFUSALS)

BY_NAME = {job.name: job for job in ALL}
