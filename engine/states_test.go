package engine_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"relance/engine"
)

var drawStates = flag.Bool("draw-states", false, "write docs/states.md anew from the stories")

const statesFile = "../docs/states.md"

// TestTheStatesAreDrawn runs the stories and compares docs/states.md with what they did. Every arrow in it
// is one that a story went; the random histories may go no other.
func TestTheStatesAreDrawn(t *testing.T) {
	t.Parallel()
	seen := newDrawing()
	t.Run("stories", func(t *testing.T) {
		for _, s := range stories() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.draw(s.name, seen)
				s.tell(t, w)
			})
		}
	})
	if t.Failed() {
		return
	}
	text := seen.page()
	if *drawStates {
		if err := os.WriteFile(statesFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	drawn, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(drawn) != text {
		t.Errorf("docs/states.md does not show what the stories do; draw it again with\n\tgo test ./engine -run TestTheStatesAreDrawn -draw-states\nand look at the difference:\n%s",
			strings.Join(differing(string(drawn), text), "\n"))
	}
}

// differing are the lines that only one of two texts has.
func differing(was, is string) (out []string) {
	for mark, pair := range map[string][2]string{"- ": {was, is}, "+ ": {is, was}} {
		other := strings.Split(pair[1], "\n")
		for _, l := range strings.Split(pair[0], "\n") {
			if !slices.Contains(other, l) {
				out = append(out, mark+l)
			}
		}
	}
	slices.Sort(out)
	return out
}

// section is what the page says of one machine.
type section struct {
	machine machine
	title   string
}

// besideTitle opens the last table of the page.
const besideTitle = "\n## Other events"

// titled are the machines in the order of the page.
func titled() []section {
	return []section{{invitations, "Invitation"}, {appointments, "Appointment"}, {messages, "Message"}}
}

// page is the drawing as docs/states.md.
func (d *drawing) page() string {
	var b strings.Builder
	b.WriteString(`# States

Every state of an invitation, an appointment and a message, what leads from one to the next, the event
that tells of it in ` + "`/v1/events`" + ` and the messages queued in the same commit. This page is drawn by the
stories of ` + "`engine/stories_test.go`" + `; the last column names one that goes this way; the random histories of
` + "`engine/invariants_test.go`" + ` may do nothing that is not here. Draw it again with
` + "`go test ./engine -run TestTheStatesAreDrawn -draw-states`" + `.

*Also* are other events of the same commit. *any* is every state: what happens there changes none, or
comes with a move that has a line of its own. People invited by a batch are told of together
(` + "`batch.stored`" + `), so theirs begins without an event. An invitation that is drawn *waiting* is
` + "`queued`" + ` until there is a slot for it (pacing); its ` + "`waiting`" + ` says why and until when.
Erasing a person removes all of this, whatever its state.
`)
	for _, m := range titled() {
		fmt.Fprintf(&b, "\n## %s\n\n```mermaid\nstateDiagram-v2\n", m.title)
		arrows := slices.SortedFunc(maps.Keys(d.arrows), arrow.compare)
		arrows = slices.DeleteFunc(arrows, func(a arrow) bool { return a.machine != m.machine })
		for _, a := range arrows {
			if a.from != anyState {
				fmt.Fprintf(&b, "    %s --> %s%s\n", cmp.Or(a.from, "[*]"), a.to, a.label())
			}
		}
		b.WriteString("```\n\n| From | To | Event | Also | Messages | Story |\n|---|---|---|---|---|---|\n")
		for _, a := range arrows {
			s := d.arrows[a]
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cmp.Or(a.from, "none"), a.to, cmp.Or(string(a.event), "none"),
				listed(s.also), listed(s.tells), s.first())
		}
	}
	b.WriteString(besideTitle + "\n\nThey change no state of these three.\n\n| Event | Story |\n|---|---|\n")
	for _, t := range slices.Sorted(maps.Keys(d.beside)) {
		fmt.Fprintf(&b, "| %s | %s |\n", t, d.beside[t].first())
	}
	return b.String()
}

// label is what a diagram says on the arrow: its event without the machine's own name.
func (a arrow) label() string {
	_, word, _ := strings.Cut(string(a.event), ".")
	if word == "" || word == a.to {
		return ""
	}
	return " : " + word
}

// compare orders arrows as lives go: by states in the order of their declaration.
func (a arrow) compare(b arrow) int {
	return cmp.Or(cmp.Compare(a.machine, b.machine), cmp.Compare(order(a.from), order(b.from)), cmp.Compare(a.from, b.from),
		cmp.Compare(order(a.to), order(b.to)), cmp.Compare(a.to, b.to), cmp.Compare(a.event, b.event))
}

// order is where a state stands; those not named here come together before any, which is last.
func order(state string) int {
	if state == anyState {
		return 100
	}
	n := slices.Index([]string{"", string(engine.MessageQueued), string(engine.PaceWaiting), string(engine.MessageSending), string(engine.MessageSent), string(engine.InvitationBooked)}, state)
	if n < 0 {
		return 99
	}
	return n
}

// first is the first of the stories that went this way, in their order.
func (s *seenWith) first() string {
	for _, story := range stories() {
		if s.stories[story.name] {
			return story.name
		}
	}
	return ""
}

func listed(set map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(set)), ", ") }

// readDrawing reads the arrows of docs/states.md.
func readDrawing(t *testing.T) *drawing {
	t.Helper()
	raw, err := os.ReadFile(statesFile)
	if err != nil {
		t.Fatal(err)
	}
	d, m := newDrawing(), machine("")
	for line := range strings.Lines(string(raw)) {
		for _, x := range titled() {
			if strings.TrimSpace(line) == "## "+x.title {
				m = x.machine
			}
		}
		cells := strings.Split(line, "|")
		if len(cells) == 4 && strings.Contains(cells[1], ".") {
			d.aside(engine.EventType(strings.TrimSpace(cells[1])), strings.TrimSpace(cells[2]))
			continue
		}
		if len(cells) != 8 || m == "" || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| From") {
			continue
		}
		for i := range cells {
			if cells[i] = strings.TrimSpace(cells[i]); cells[i] == "none" {
				cells[i] = ""
			}
		}
		list := func(cell string) []string {
			return slices.DeleteFunc(strings.Split(cell, ", "), func(s string) bool { return s == "" })
		}
		d.add(arrow{m, cells[1], cells[2], engine.EventType(cells[3])}, list(cells[4]), list(cells[5]), cells[6])
	}
	if len(d.arrows) == 0 {
		t.Fatal("docs/states.md has no arrows")
	}
	return d
}
