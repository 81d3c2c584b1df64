// Package advise tells balancers that are not ours what weights ours would give.
//
// In come the Stats of pools, every second; out go an Adviser's answers to the
// agent checks of HAProxy, and an upstream block for nginx. The assembler gives
// the pools; an Adviser owns its listener and what it has advised so far.
//
// Advice is all that it is: nothing here changes a configuration, and where
// nothing is known any more the advice is what is configured. A balancer that
// knows only weights has no loop of its own that ends what a wrong weight begins.
// So weights change slowly and are never taken away for the most part; see Advice.
//
// In HAProxy, for the server app1 of the pool app:
//
//	server app1 10.0.0.1:8080 weight 100 check agent-check agent-addr 127.0.0.1 agent-port 9919 agent-inter 10s agent-send "app/app1\n"
//
// HAProxy takes a percentage of the weight that it was started with, and rounds
// it up to a whole number: with weight 1 nothing below 100 % could be told from
// it, with weight 100 everything can.
//
// It is told weights and nothing else, unless Config.Down is set. A server that
// is drained here is given 0 %, and gets no new connections there; HAProxy's own
// administrative states stay its operators'. A server that it was once told to
// be down stays so until it is told that it is up again, and somebody has to
// live to say so: that is why saying it has to be asked for. When nobody answers
// any more, HAProxy goes on with the last weight that it was told.
package advise
