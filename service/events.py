"""Every event that the log can show, and what it means.

Names are static, `room.happened`, and alerts select on them. Fields are ids and counts, never
addresses. A test compares this list with the code.
"""

EVENTS: dict[str, str] = {
    # kit
    "cache.unavailable": "Redis did not answer; a limit let everything pass.",
    # boot and daemons
    "daemon.started": "A daemon is ready.",
    "daemon.stopped": "A daemon has drained and ends.",
    "daemon.died": "A daemon ended without being asked to; it is started again after a delay.",
    "daemon.tending_failed": "What the daemons stand on could not be looked after just now.",
    # devkit
    "embedded.started": "An embedded server was started.",
    "embedded.adopted": "An embedded server was running already and is shared.",
    "embedded.stopped": "An embedded server has stopped.",
    "embedded.tidied": "Servers that a killed process left in a temporary folder are gone.",
    "embedded.stop_failed": "An embedded server does not stop; it was left running.",
    "publisher.push_failed": "The local publisher could not tell Crieur of an article; again soon.",
    "publisher.push_refused": "Crieur refused what the local publisher told it, for good.",
    # scheduler
    "scheduler.step_failed": "One step of a tick failed; the next tick tries again.",
    "outbox.rung": "Doorbells were passed on to the workers.",
    "outbox.unreachable": "The broker did not take doorbells; they wait in the outbox.",
    "outbox.answered": "A worker took doorbells that nobody rang: Valkey or the scheduler is away.",
    "rally.unreachable": "A worker could not listen for calls to large editions; it tries again.",
    "queue.full": "Workers are away or far behind; what they will find does not get lost.",
    # migrations
    "schema.upgraded": "Migrations were run; `revision` is the one that the database has now.",
    # newsletters
    "newsletter.created": "A newsletter was described.",
    "newsletter.edited": "A newsletter was changed; a changed schedule starts anew.",
    "newsletter.archived": "A newsletter ended; nothing is planned for it any more.",
    # articles
    "article.added": "An article was seen for the first time.",
    "article.revised": "A known article changed.",
    "article.withdrawn": "The publisher or an operator withdrew an article.",
    "feed.added": "A newsletter has a new feed.",
    "feed.polled": "A feed answered and was taken in.",
    "feed.failed": "A feed could not be read; it is tried again later, each time later.",
    "feed.paused": "A feed is gone for good and is not polled any more.",
    # editions
    "edition.planned": "A due slot became an edition.",
    "edition.selected": "Articles were chosen for an edition.",
    "edition.held": "An operator wants to look before an edition goes on.",
    "edition.approved": "An operator let a held or paused edition go on.",
    "edition.paused": "No further mail of an edition begins until it is resumed.",
    "edition.skipped": "Nothing was new, so nothing is sent.",
    "edition.frozen": "Content and audience are fixed.",
    "edition.rendered": "Every variant that readers need is stored.",
    "rendition.faulty": "A check found something wrong with a rendered mail.",
    "edition.finished": "No delivery is pending any more.",
    "edition.cancelled": "An operator stopped an edition.",
    # accounts
    "operator.acted": "An operator changed something; `act` says what.",
    "operator.sign_in_refused": "A wrong password, or an address that nobody has.",
    "operator.sign_in_limited": "Too many sign-ins for one address or from one network.",
    # web
    "web.refused": "A request was not taken: a wrong form, a forged link, too large, no right.",
    "web.failed": "A request met an unexpected error; request_id stands on the page.",
    "web.database_failed": "The database did not answer a request.",
    "live.deaf": "Open pages hear of no progress just now; they look by themselves.",
    # audience
    "signup.requested": "A reader asked for a newsletter; a confirmation mail is due.",
    "signup.ignored": "A sign-up had no effect; `reason` says why. The reader saw the same page.",
    "signup.limited": "No further confirmation mail to this mailbox for now.",
    "signup.confirmed": "A reader answered the confirmation mail; the subscription is active.",
    "preferences.changed": "A reader chose other sections.",
    "preferences.moved": "A reader's time zone was changed.",
    "reader.left": "A subscription ended; `by` says how.",
    "reader.admitted": "An operator added a reader with a proof of consent.",
    "reader.suppressed": "We write to this mailbox no more; `reason` says why.",
    "reader.suppression_lifted": "An operator, or a returning reader, ended a suppression.",
    "reader.erased": "A reader's personal data was removed.",
    # delivery
    "database.moved": "This database is a copy, restored or held: no mail leaves; `advice` helps.",
    "database.released": "An operator lets mail leave this database.",
    "database.held": "An operator lets no mail leave this database.",
    "edition.stopped": "An edition paused itself, by how it goes or looks; `reason` is a sentence.",
    "edition.enrolled": "The audience of an edition is fixed; `readers` counts it.",
    "delivery.cut_short": "The process had to end while relays were silent: they were hung up on.",
    "edition.books_closed": "A cancelled edition's open deliveries expired.",
    "delivery.run_ended": "A worker handed over what was due; counts by state.",
    "delivery.batch_abandoned": "A batch's holder never came back; it is sent with more care.",
    "delivery.books_away": "The database is away; outcomes of mails wait for it in the worker.",
    "delivery.batch_lost": "A lease could not be kept; what it held is somebody else's now.",
    "delivery.poisoned": "A worker died each time with this reader's mail; it was set aside.",
    "delivery.lease_lost": "An outcome came too late to count; a reader may get a mail twice.",
    "delivery.variant_missing": "A reader's choice of sections was never rendered.",
    "pace.slowed": "A receiver said that we are too fast; `act` says what we do, for `minutes`.",
    "pace.day_full": "A new sender has sent a receiver its `limit` of today; the rest waits.",
    "pace.alone": "Redis is away or full; this process keeps to a `share`-th of every limit.",
    "relay.unreachable": "No connection to any relay; deliveries wait without harm.",
    "relay.failed": "A relay did not let us in, for `reason`; the others take its part.",
    "relay.back": "A relay that had failed takes mail again.",
    "worker.job_failed": "A piece of work met an unexpected error; the sweep finds it again.",
    "worker.misconfigured": "A setting keeps mail from leaving; it waits, and `advice` helps.",
    "notice.queued": "A transactional mail is to be sent.",
    "notice.settled": "A transactional mail was handed over, or not; `state` says which.",
    # outcomes
    "outcome.kept": "A returned mail is stored; `report_id`. It cannot be lost any more.",
    "outcome.taken": "A returned mail is understood; `note` says why it had no effect.",
    "outcome.refusals_read": "Relays' refusals were judged; `hard` and `worn_out` are suppressed.",
    "outcome.applied": "A delivery bounced or was complained about.",
    "inbound.store_away": "The database did not take a returned mail; its sender keeps it.",
    "inbound.fault": "A connection met an unexpected error; its sender keeps the mail.",
}
