# The commands people type. `make check` runs the cheapest checks first.

.PHONY: run test test-cuda check sanitize bench schema report

run:
	cargo run --release --locked -- experiments/quickstart.toml

test:
	cargo test --locked

# On a machine with an NVIDIA GPU: all that can be shown on one only, as a table.
test-cuda:
	tests/cuda/run

check:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo clippy --all-targets --locked --features cuda-ci-check -- -D warnings
	cargo test --locked

# Unsafe code under AddressSanitizer.
sanitize:
	tests/sanitizer

bench:
	cargo bench --locked

report:
	cargo run --release --locked -- report

schema:
	cargo run --release --locked -- schema > schemas/experiment.schema.json.new
	mv schemas/experiment.schema.json.new schemas/experiment.schema.json
