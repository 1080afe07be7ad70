"""The public test kit: clocks, fakes, contract tests."""
