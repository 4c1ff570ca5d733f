# The commands people type. `make check` runs the cheapest checks first.

.PHONY: run test test-cuda emulate-cuda check sanitize bench schema report

run:
	cargo run --release --locked -- experiments/quickstart.toml

test:
	cargo test --locked

# On a machine with an NVIDIA GPU: all that can be shown on one only, as a table.
test-cuda:
	tests/cuda/run

# The same without a GPU, as far as that goes: kernels run, speed and NVIDIA's libraries do not.
emulate-cuda:
	tests/cuda/compile
	tests/cuda/emulated/run

check:
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo clippy --all-targets --locked --features cuda-ci-check -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --lib --no-deps --document-private-items --locked
	cargo test --locked

# The unit tests under AddressSanitizer.
sanitize:
	tests/sanitizer

# With PEERS=peers/bin/python, a Python that has Keras and PyTorch, epochs beside theirs too.
bench:
	cargo bench --locked
ifdef PEERS
	cargo build --release --locked
	$(PEERS) benches/start.py
	$(PEERS) benches/peers/run.py --out target/epochs.jsonl --plot docs/epochs.png
else
	@echo "Epochs, start and first step beside Keras and PyTorch (see BENCHMARKS.md):"
	@echo "  python3 -m venv peers && peers/bin/pip install numpy keras tensorflow-cpu torch matplotlib"
	@echo "  RUNNER_DATA_DIR=data make bench PEERS=peers/bin/python"
endif

report:
	cargo run --release --locked -- report

schema:
	UPDATE_SCHEMA=1 cargo test --locked --test spec are_not_stale
