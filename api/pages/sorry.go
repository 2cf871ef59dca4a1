package pages

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"relance/engine"
)

// offered is how many other starts are proposed when one is taken (RULES §3).
const offered = 3

// sorry is a page of a heading and a few sentences: texts "key.title" and "key.text".
func (c *call) sorry(status int, key string) {
	c.show(status, c.page("plain", key+".title", key))
}

// trouble is the page for what is no fault of the person; the cause goes to the log.
func (c *call) trouble(op string, err error) {
	code := engine.CodeOf(err)
	c.o.Log.ErrorContext(c.r.Context(), "a page could not be served",
		"op", op, "route", c.r.Pattern, "code", string(code), "error", err)
	c.w.Header().Set("Retry-After", "30")
	c.sorry(http.StatusServiceUnavailable, "trouble")
}

// refused answers what the engine would not do; it is all said in the person's words.
func (c *call) refused(kind string, start time.Time, err error) {
	switch code := engine.CodeOf(err); code {
	case engine.CodeTaken:
		c.taken(kind, "taken", start, err)
	case engine.CodeNotBookable, engine.CodeInvalid:
		c.taken(kind, "gone", start, err)
	case engine.CodeTooLate:
		c.sorry(http.StatusConflict, "late")
	case engine.CodeTooManyMoves:
		c.sorry(http.StatusConflict, "moves")
	case engine.CodePending, engine.CodeWrongState, engine.CodeConflict, engine.CodeNotFound:
		c.stale()
	case engine.CodeLinkDead:
		c.dead()
	default:
		c.trouble(kind, err)
	}
}

// takenBody proposes other starts.
type takenBody struct {
	When  moment
	Slots []slotBody
	All   string // every start
	Text  string // key
}

// taken proposes the nearest starts: the engine's own, or the next ones there are.
func (c *call) taken(kind, key string, start time.Time, err error) {
	var e *engine.Error
	body := takenBody{When: c.moment(start), All: c.link(""), Text: key + ".text"}
	if kind == "move" {
		body.All = c.link("move")
	}
	var near []engine.Slot
	if errors.As(err, &e) && len(e.Nearest) > 0 {
		near = e.Nearest
	} else if near, _, err = c.engine.Choices(c.r.Context(), c.visit, "", offered); err != nil {
		c.trouble("choices", err)
		return
	}
	near = near[:min(len(near), offered)]
	for _, s := range near {
		body.Slots = append(body.Slots, c.slots(kind, s, several(near))...)
	}
	c.show(http.StatusConflict, c.page("taken", key+".title", body))
}

// stale answers a form made for another state with the present one.
func (c *call) stale() {
	if !c.open() { // it may have changed since this request began
		return
	}
	switch v := c.visit; {
	case v.Appointment != nil:
		c.showAppointment(http.StatusConflict, "stale", true)
	case v.CanBook:
		c.choose(http.StatusConflict, "choose", "stale", true)
	default:
		c.show(http.StatusConflict, c.ended())
	}
}

func (c *call) crossSite() { c.sorry(http.StatusForbidden, "cross") }

func (c *call) methodNotAllowed(m methods) {
	allow := slices.Sorted(maps.Keys(m))
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	c.w.Header().Set("Allow", strings.Join(allow, ", "))
	c.sorry(http.StatusMethodNotAllowed, "method")
}
