package engine

import (
	"context"
	"time"
)

// Store keeps the records; engine/store does so in Redis. Every call concerns one
// partition. Errors mean that the store could not be reached or holds something
// unreadable; nothing was changed unless the answer to a Commit was lost on the way.
type Store interface {
	// Load reads records in one round trip, in the order asked; a missing one has Version 0.
	Load(ctx context.Context, p Partition, ids ...string) ([]Record, error)
	// Commit applies each change wholly or not at all, in order, and answers for each.
	Commit(ctx context.Context, p Partition, changes []Change) ([]Result, error)
	// Find reads one field of each named index; "" where there is none.
	Find(ctx context.Context, p Partition, index string, fields ...string) ([]string, error)
	// Busy reads the claimed intervals of each calendar that overlap [from, to), by start. Holds that
	// ended and that nobody cleared away yet are among them: see Claim.Ended.
	Busy(ctx context.Context, p Partition, calendars []CalendarID, from, to time.Time) ([][]Claim, error)
	// Starting counts the claims of each calendar that start in [from, to); holds as for Busy.
	Starting(ctx context.Context, p Partition, calendars []CalendarID, from, to time.Time) ([]int, error)
}

// Keeper is a Store in this process. It may be given what records say as values instead of JSON, keeps them
// as they are and gives them as they are: nobody writes to one. Of JSON it keeps a copy.
type Keeper interface {
	KeepsValues()
}

// Visitor is a Store that can show what is claimed without making a Claim of each: pools of many calendars
// are searched often.
type Visitor interface {
	// VisitBusy shows what Busy reads, calendar after calendar, in rows by start, and what else begins less
	// than the longest claim before. Nobody writes to a row, nor keeps it, and see does not call the store.
	VisitBusy(ctx context.Context, p Partition, calendars []CalendarID, from, to time.Time, see func(n int, row []BusyTime)) error
}

// BusyTime is a claim as it is held, in unix seconds.
type BusyTime struct {
	Start, End int64
	Until      int64 // 0: for good
	Seats      int
	Holder     string
}

// Lister pages through lists and events; the API's reading side.
type Lister interface {
	// List reads up to limit members of a list after the cursor ("" from the start),
	// by score then member, with the cursor of the next page ("" at the end).
	List(ctx context.Context, p Partition, list, cursor string, limit int) (members []Listed, next string, err error)
	// From is the cursor of List from a score on.
	From(score int64) string
	// After is the cursor of List after a member, which need not be there any more.
	After(last Listed) string
	// Agenda reads up to limit claims of a calendar by start, beginning with those that may still run
	// at from, or after the cursor when there is one.
	Agenda(ctx context.Context, p Partition, calendar CalendarID, from time.Time, cursor string, limit int) (claims []Claim, next string, err error)
	// Events reads up to limit events of an organisation after the cursor.
	Events(ctx context.Context, org OrganisationID, cursor string, limit int) (events []Event, next string, err error)
	// Counts reads a set of counters whole.
	Counts(ctx context.Context, p Partition, name string) (map[string]int64, error)
}

// Timetable is the dispatcher's side of the store: what is due.
type Timetable interface {
	// Take leases up to limit entries of the partition due at now: their times are pushed to
	// until, so that a dispatcher that dies loses nothing. kinds limits which are taken (nil: all).
	Take(ctx context.Context, now, until time.Time, limit int, kinds []string, partitions ...Partition) ([]Due, error)
	// Overdue counts the entries due before now by kind, and the oldest due time of each kind.
	Overdue(ctx context.Context, now time.Time) (map[string]Backlog, error)
}

// Backlog is what waits of one kind.
type Backlog struct {
	Entries int64
	Oldest  time.Time
}

// Record is one stored thing: JSON and the version every change increments.
type Record struct {
	ID      string
	Version int64 // 0: does not exist
	Body    []byte
	Value   any // instead of Body, as a Keeper was given it
}

// Due is one entry of the due set.
type Due struct {
	Partition Partition
	Kind      string // "invitation", "appointment", "message", …: which set it waits in
	ID        string // the record whose next step is due
	At        time.Time
	Latest    bool // at At at the latest: when the entry is due before, it stays so
}

// Listed is a member of a list and its place in it.
type Listed struct {
	Score  int64
	Member string
}

// Change is one atomic change of one partition. First every version, unique index and claim is
// checked; if one fails nothing is written.
type Change struct {
	Puts     []Put
	Checks   []Check
	Caps     []Cap
	Deletes  []string // record ids
	Releases []Claim  // freed before Claims are checked: moving is one change
	Claims   []Claim
	Index    []IndexEntry
	Lists    []ListEntry
	Due      []Due // Partition is ignored; a zero At removes the entry
	Events   []Event
	Counts   []Count

	heard  func() // called once it is stored
	goesOn bool   // its records are decided on once it is stored: a Keeper is given copies
}

// Put writes a record if its version is still Expect; the new version is Expect+1.
type Put struct {
	ID     string
	Expect int64 // 0: must not exist yet; Fresh: nobody can have written it
	Body   []byte
	Value  any // instead of Body, for a Keeper only

	of stored // what it is made from when it is committed
}

// Fresh is what a put expects of a record whose id was minted for it: it is written as version 1
// without a look at what is there. Only another demand of the same change can refuse it.
const Fresh int64 = -1

// Check only demands that a record still has this version (0: that it does not exist).
type Check struct {
	ID      string
	Version int64
}

// Cap demands that a counter and N together are Most at the most; otherwise the change is answered Taken.
// It counts nothing itself.
type Cap struct {
	Name, Field string
	N, Most     int64
}

// IndexEntry sets a field of an index, or removes it when Value is "". Unique demands that the
// field is absent or already has this value; otherwise the change is answered Taken.
type IndexEntry struct {
	Index, Field, Value string
	Unique              bool
}

// ListEntry adds a member to a sorted list, or removes it.
type ListEntry struct {
	List   string
	Score  int64
	Member string
	Remove bool
}

// Count adds N to a counter.
type Count struct {
	Name, Field string
	N           int64
}

// Result answers for one change.
type Result uint8

// The three answers of a commit.
const (
	Done     Result = iota
	Conflict        // a version differs: load and decide again
	Taken           // the calendar time, or a unique index entry, is somebody else's; or a Cap is reached
)
