package engine

import (
	"maps"
	"slices"
	"time"
)

// longest is the SMS that takes the most room: the longest day and hour of the year to come, the longest
// place, and whether the person may change or reply, whichever says more. A reminder that lists a day says
// less by itself when it is too long, so it does not count.
func (d *dossier) longest(k TextKey, own map[string]string) (Text, error) {
	v := d.sample(k)
	k, rung := k.rendered()
	if v["rung"] = rung; rung == 0 {
		v["rung"] = max(1, len(d.s.Ladder))
	}
	v["first_name"] = "Marie-Emmanuelle"
	day, hour := d.longestMoment(k.Language)
	for _, name := range []string{"date", "old_date", "last_day"} {
		v[name] = day
	}
	for _, name := range []string{"time", "old_time", "until"} {
		v[name] = hour
	}
	slot := map[string]any{"date": day, "time": hour}
	if _, lists := v["slots"]; lists {
		v["slots"] = []map[string]any{slot, slot, slot}
	}
	var worst Text
	for _, where := range d.places() {
		maps.Copy(v, d.saying(where, "Marie-Emmanuelle"))
		for n := range 4 {
			v["can_change"], v["replies"] = n&1 == 1, n&2 == 2 && d.o.SMS.Replies
			text, err := d.fitted(k, own, v)
			if err != nil {
				return Text{}, err
			}
			if text.Parts > worst.Parts || text.Parts == worst.Parts && text.Units > worst.Units {
				worst = text
			}
		}
	}
	return worst, nil
}

// fitted renders as fitting does: without the consequence when it would be too long with it.
func (d *dossier) fitted(k TextKey, own map[string]string, v map[string]any) (Text, error) {
	text, err := d.e.Texts.Render(k.Language, k.Channel, k.Kind, own, v)
	if err != nil || text.Parts <= d.s.MaxParts || d.s.Consequence == "" {
		return text, err
	}
	v = maps.Clone(v)
	delete(v, "consequence")
	return d.e.Texts.Render(k.Language, k.Channel, k.Kind, own, v)
}

// longestMoment is the longest day and hour that can be said from now on, in characters.
func (d *dossier) longestMoment(language string) (day, hour string) {
	longer := func(a, b string) string {
		if len([]rune(b)) > len([]rune(a)) {
			return b
		}
		return a
	}
	now := d.now.In(d.zone())
	for n := range 366 {
		day = longer(day, d.e.Texts.Day(language, now.AddDate(0, 0, n), now))
	}
	for n := range 96 {
		hour = longer(hour, d.e.Texts.Hour(language, time.Date(2026, 1, 1, 0, 15*n, 0, 0, time.UTC)))
	}
	return day, hour
}

// places are where appointments of the service may be: the longest address, and each kind without one.
func (d *dossier) places() []Location {
	longest := d.o.where(d.s, "")
	kinds := map[LocationKind]Location{}
	for _, l := range d.o.Locations {
		if l.Kind != AtOffice {
			kinds[l.Kind] = l
		} else if len(l.Line()) > len(longest.Line()) {
			longest = l
		}
	}
	return append([]Location{longest}, slices.Collect(maps.Values(kinds))...)
}
