"""How a job starts: five ways, because each of the others can fail (`docs/jobs.md`).

| way | module | what it does |
|---|---|---|
| job message | `outbox`, `broker` | a row with the work's own commit, then a message in Redis |
| outbox dispatcher | `outbox_dispatcher` | sends rows of the outbox to Redis after their commit |
| wake-up | `wakeup_notifications` | tells idle workers by NOTIFY that there is something to do |
| sweep | `sweep` | finds work in PostgreSQL whose message was lost |
| outbox fallback | `workers/outbox_fallback.py` | runs overdue messages without Redis |

`catalogue` lists the jobs and their queues.
"""
