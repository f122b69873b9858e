# What `runner` does, as rules of make. `include` it at the end of a Makefile; flags of runner go into
# `flags`, as in `make migrate flags=--dry-run`.
RUNNER ?= runner

.PHONY: migrate-status migrate migrate-backward migrate-check migrate-test migrate-create

# The first, so that `make` alone changes nothing.
migrate-status:
	$(RUNNER) status $(flags)

migrate:
	$(RUNNER) migrate $(flags)

migrate-backward:
	$(RUNNER) migrate --backward $(flags)

migrate-check:
	$(RUNNER) check $(flags)

migrate-test:
	$(RUNNER) test $(flags)

migrate-create:
	@test -n "$(name)" || { \
	  echo 'migrate-create: which name? make migrate-create name=add_level_to_player' >&2; exit 2; }
	$(RUNNER) create "$(name)" $(fields) $(flags)
