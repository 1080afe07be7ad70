"""What tests of several rooms share: oracles, real peers, stubs, answers by hand."""
