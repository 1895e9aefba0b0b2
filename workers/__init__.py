"""Background jobs: an actor for each job of `service.jobs.catalogue`, and daemons beside them.

| job | actor | verb it calls |
|---|---|---|
| poll_feed | `workers.poll_feed` | `service.articles.feeds.poll` |
| fetch_full_text | `workers.fetch_full_text` | `service.articles.full_text.fetch_full_text` |
| ask_hub | `workers.ask_hub` | `service.articles.websub.ask_hub` |
| take_push | `workers.take_push` | `service.articles.feeds.take_push` |
| build_edition | `workers.build_edition` | `service.editions.build` |
| move_readers | `workers.move_readers` | `service.delivery.workflow.move_readers` |
| send_edition | `workers.send_edition` | `service.delivery.sending.run` |
| decide_subject | `workers.decide_subject` | `service.delivery.workflow.subject_tests` |
| send_notice | `workers.send_notice` | `service.delivery.notices.send_notice` |
| send_trial | `workers.send_trial` | `service.delivery.trials.send_trial` |
| record_outcome | `workers.record_outcome` | `service.outcomes.process_reports` |
| record_refusals | `workers.record_refusals` | `service.outcomes.classify_refusals` |
"""
