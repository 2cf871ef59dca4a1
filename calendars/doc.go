// Package calendars turns windows, closures and public holidays into free slots
// (RULES §3). It is pure: it knows no store, no clock and nobody else of ours. A
// Calendar is what an organisation wrote; Compile checks it and gives a Compiled,
// which answers Starts (what may be shown), First (the next of them), Sessions (groups
// and their seats), Place and Fits (what may be booked, and where) and Explain (why a
// start is missing).
//
// Wall clock and instants: windows, closures and holidays are wall time in the
// calendar's own zone; everything handed out is an instant in unix seconds. A wall
// time that the clock jumps over becomes the moment of the jump; one that the clock
// shows twice is its first showing. So 09:00 stays 09:00, a slot in a missing hour
// does not exist, and no wall time is offered twice.
package calendars
