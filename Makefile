# The commands people type. `make check` runs the cheapest checks first.

.PHONY: run test check bench schema report

run:
	cargo run --release --locked -- experiments/quickstart.toml

test:
	cargo test --locked

check:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo test --locked

bench:
	cargo bench --locked

report:
	cargo run --release --locked -- report

schema:
	cargo run --release --locked -- schema > schemas/experiment.schema.json.new
	mv schemas/experiment.schema.json.new schemas/experiment.schema.json
