// Package simulation lets a service's month pass in seconds: the engine's own verbs and steps on a clock
// that jumps from one due moment to the next, a store in memory, and people who act as a Behaviour says.
// Nothing is decided here that the engine decides when it runs for real: who is invited when, what is
// said to whom, what is refused. What is made up is the world around it: whether a message arrives, who
// opens it, when they choose and what, who stays away.
//
// One moment is done before the next: first what people do, then what is due, in chunks as a dispatcher
// takes them. Everything drawn comes from the seed and the person, so that one run is like another.
package simulation
