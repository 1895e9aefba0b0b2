"""Every metric that Crieur exposes, and what it means; `docs/metrics.md` says who exposes it.

A test compares this list with the page. Rooms record them by name: `metrics.JOBS.inc(job=…)`.
"""

from service.kit.metrics import (
    LONG_SECONDS,
    SECONDS,
    CounterMetric,
    GaugeMetric,
    HistogramMetric,
    Metric,
)

# Jobs, by workers; messages and ticks, by the scheduler.
JOBS = CounterMetric(
    "crieur_jobs_total",
    "Jobs that ended, by their result: done, failed or misconfigured.",
    ("job", "result"),
)
JOB_DURATION = HistogramMetric(
    "crieur_job_duration_seconds",
    "How long jobs took, whatever their result.",
    ("job",),
    buckets=LONG_SECONDS,
)
MESSAGES_DISPATCHED = CounterMetric(
    "crieur_job_messages_dispatched_total",
    "Job messages that were sent from the outbox to Redis.",
    ("queue",),
)
FALLBACK_JOBS = CounterMetric(
    "crieur_outbox_fallback_jobs_total",
    "Jobs that a worker ran from the outbox, because nothing had dispatched them.",
    ("job",),
)
WAKEUPS = CounterMetric(
    "crieur_worker_wakeups_total",
    "Wake-ups that worker processes received: of a queue, or for a large edition.",
    ("kind",),
)
TICK_DURATION = HistogramMetric(
    "crieur_tick_duration_seconds", "How long the scheduler's ticks took."
)
TICK_STEP_FAILURES = CounterMetric(
    "crieur_tick_step_failures_total", "Steps of a tick that failed.", ("step",)
)

# Sending, by workers.
SMTP_RESULTS = CounterMetric(
    "crieur_smtp_results_total",
    "What relays answered for deliveries, by the pacing file's provider.",
    ("provider", "result"),
)
THROTTLED = CounterMetric(
    "crieur_throttled_deliveries_total",
    "Deliveries that a limit of the pacing file put off.",
    ("provider",),
)
THROTTLE_WAIT_SECONDS = CounterMetric(
    "crieur_throttle_wait_seconds_total",
    "Seconds for which limits put deliveries off, added up over the deliveries.",
    ("provider",),
)
SMTP_TRANSACTION_SECONDS = HistogramMetric(
    "crieur_smtp_transaction_seconds",
    "Time from a message's MAIL command to the reply that ended its transaction.",
    ("relay",),
    buckets=(*SECONDS, 60.0, 300.0),
)
SMTP_CONNECT_SECONDS = HistogramMetric(
    "crieur_smtp_connect_seconds",
    "Time to connect to a relay, with TLS and authentication.",
    ("relay",),
)
SMTP_CONNECTION_FAILURES = CounterMetric(
    "crieur_smtp_connection_failures_total",
    "Connections to a relay that could not be opened.",
    ("relay",),
)

# Feeds, by workers.
FEED_POLLS = CounterMetric(
    "crieur_feed_polls_total", "Feeds that were polled, by result.", ("result",)
)

# The state of PostgreSQL and Redis, by the scheduler.
OUTBOX_MESSAGES = GaugeMetric("crieur_outbox_messages", "Job messages in the outbox.")
OUTBOX_OLDEST_DUE = GaugeMetric(
    "crieur_outbox_oldest_due_seconds",
    "How long the oldest message of the outbox has been due; 0 if none is.",
)
QUEUE_MESSAGES = GaugeMetric(
    "crieur_queue_messages", "Messages that wait in a queue of Redis.", ("queue",)
)
EDITIONS = GaugeMetric("crieur_editions", "Editions that have not ended, by state.", ("state",))
EDITIONS_PAUSED = GaugeMetric("crieur_editions_paused", "Editions that are paused.")
DELIVERIES_PENDING = GaugeMetric(
    "crieur_deliveries_pending", "Deliveries without a final state, of editions being sent."
)
OLDEST_DUE_DELIVERY = GaugeMetric(
    "crieur_oldest_due_delivery_seconds",
    "How long the oldest batch of deliveries without a lease has been due; 0 if none is.",
)
LEASED_BATCHES = GaugeMetric("crieur_leased_batches", "Batches of deliveries under a valid lease.")
EXPIRED_LEASES = GaugeMetric(
    "crieur_expired_leases", "Batches whose lease ended without a result: a worker died."
)
OLDEST_EXPIRED_LEASE = GaugeMetric(
    "crieur_oldest_expired_lease_seconds",
    "How long ago the oldest of these leases ended; 0 if there is none.",
)
NOTICES_WAITING = GaugeMetric("crieur_notices_waiting", "Transactional messages to be sent.")
OLDEST_DUE_NOTICE = GaugeMetric(
    "crieur_oldest_due_notice_seconds",
    "How long the oldest transactional message has been due; 0 if none is.",
)
REPORTS_WAITING = GaugeMetric("crieur_reports_waiting", "Stored reports that are not processed.")
REPORT_LAG = GaugeMetric(
    "crieur_report_lag_seconds", "Age of the oldest report that is not processed; 0 if none is."
)
FEEDS = GaugeMetric("crieur_feeds", "Feeds, by state: polled, failing or paused.", ("state",))
RELAY_UNAVAILABLE = GaugeMetric(
    "crieur_relay_unavailable",
    "1 while a relay accepts no connection of a worker, 0 when it does again.",
    ("relay",),
)

# Returned messages, by the inbound daemon.
REPORTS_RECEIVED = CounterMetric(
    "crieur_reports_received_total", "Returned messages that were stored.", ("channel",)
)

# Requests, by the web daemon.
WEB_REQUESTS = CounterMetric(
    "crieur_web_requests_total", "Requests that were answered.", ("method", "status")
)
WEB_REQUEST_SECONDS = HistogramMetric(
    "crieur_web_request_seconds", "Time until the answer's head was sent."
)

OF_WORKER: tuple[Metric, ...] = (
    JOBS,
    JOB_DURATION,
    FALLBACK_JOBS,
    WAKEUPS,
    SMTP_RESULTS,
    THROTTLED,
    THROTTLE_WAIT_SECONDS,
    SMTP_TRANSACTION_SECONDS,
    SMTP_CONNECT_SECONDS,
    SMTP_CONNECTION_FAILURES,
    FEED_POLLS,
)

OF_SCHEDULER: tuple[Metric, ...] = (
    MESSAGES_DISPATCHED,
    TICK_DURATION,
    TICK_STEP_FAILURES,
    OUTBOX_MESSAGES,
    OUTBOX_OLDEST_DUE,
    QUEUE_MESSAGES,
    EDITIONS,
    EDITIONS_PAUSED,
    DELIVERIES_PENDING,
    OLDEST_DUE_DELIVERY,
    LEASED_BATCHES,
    EXPIRED_LEASES,
    OLDEST_EXPIRED_LEASE,
    NOTICES_WAITING,
    OLDEST_DUE_NOTICE,
    REPORTS_WAITING,
    REPORT_LAG,
    FEEDS,
    RELAY_UNAVAILABLE,
)

OF_INBOUND: tuple[Metric, ...] = (REPORTS_RECEIVED,)

OF_WEB: tuple[Metric, ...] = (WEB_REQUESTS, WEB_REQUEST_SECONDS)

ALL: tuple[Metric, ...] = (*OF_WORKER, *OF_SCHEDULER, *OF_INBOUND, *OF_WEB)
"""A daemon activates its own group only: a gauge that it never sets would be shown as 0."""
