"""Insula beside Flask, Falcon and Bottle: the same work, in the same run.

`works` says what is asked and what a right answer is, `contenders` holds the same
little application for each framework, `environment` an environment for the peers.
`harness` runs in each contender's own process and times it; `rounds` starts those,
checks that all mean the same, and alternates between them. `served` does so over real
sockets with `wrk`, for the demo as `notes` prepares it; `startup` times new
interpreters; `report` writes it all down.
"""
