// Package board is what all processes of an installation know of the providers together, in Redis:
// what each saw, where each provider stands, who is paused, and how many messages a second left.
// A process that takes receipts and one that sends need each other's half; a pause must hold for
// all, and after a restart.
package board
