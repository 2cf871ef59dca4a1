// Package store keeps the engine's records in Redis: it implements engine.Store,
// engine.Lister and engine.Timetable.
//
// Everything of a partition lives under one hash tag, so that one script can change
// it atomically and Redis Cluster can spread the partitions. The keys, after the
// installation's prefix:
//
//	{p17}:r:<id>        a record: its version, a newline, its JSON
//	{p17}:x:<index>     an index: hash of field → value
//	{p17}:n:<name>      counters: hash of field → number
//	{p17}:l:<list>      a list: sorted set
//	{p17}:d:<kind>      what is due: sorted set of record ids by unix milliseconds
//	{p17}:k             the kinds that ever had something due: set
//	{p17}:c:<calendar>  claimed time: sorted set of start:end:holder by unix seconds
//	{p17}:e:<org>       events: stream, one field holding JSON
//	{p17}:i:<key>       what an Idempotency-Key answered, until it expires
package store
