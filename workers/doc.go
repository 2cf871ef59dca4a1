// Package workers runs the work on asynq: a Dispatcher turns entries of the due set
// into tasks, one asynq server per kind of work takes the tasks, and handlers call the
// engine's verbs and the channels' providers.
//
// asynq is the pump, not the memory (DESIGN, "The queue"). A task carries a partition
// and up to ChunkSize ids, nothing else; losing it loses nothing, because the entries
// it was made from come due again when their lease ends. Running it twice does nothing
// twice, because the record says what was done.
//
// Redis keys are asynq's own ("asynq:{queue}:…"), beside the engine's "{pN}:…": one
// database holds both, which is all that Redis Cluster offers.
//
// The order in which everything stops stands in Workers.Stop.
package workers
