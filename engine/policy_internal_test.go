package engine

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// An invitation keeps the whole policy it started under: every field of a service is the old version's, but
// for those named here, which are the newest on purpose.
func TestAPolicyIsKeptWhole(t *testing.T) {
	t.Parallel()
	newest := []string{
		"ID", "Organisation", "Version", "CreatedAt", "Follow", // the record's own
		"Name", "Calendars", "Location", "Address", "Phone", "DurationMin", "StepMin", "BeforeMin", "AfterMin", // facts
		"NoticeHours", "HorizonDays", // what can be booked is asked of the calendars as they are
		"SlotsPerInvitation", // the queue of a service is one
	}
	var old Service
	v := reflect.ValueOf(&old).Elem()
	for n := range v.NumField() {
		v.Field(n).Set(something(t, v.Type().Field(n).Type))
	}
	got := reflect.ValueOf((&Service{}).withPolicy(&old)).Elem()
	for n := range v.NumField() {
		name := v.Type().Field(n).Name
		kept := reflect.DeepEqual(got.Field(n).Interface(), v.Field(n).Interface())
		if want := !slices.Contains(newest, name); kept != want {
			t.Errorf("%s is the old version's: %v, want %v: is it a policy (withPolicy) or a fact (name it here)?", name, kept, want)
		}
	}
}

// something is a value that is not the zero one.
func something(t *testing.T, of reflect.Type) reflect.Value {
	t.Helper()
	v := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(of.Elem()))
		v.Elem().Set(something(t, of.Elem()))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(of, 1, 1))
		v.Index(0).Set(something(t, of.Elem()))
	case reflect.Map:
		v.Set(reflect.MakeMap(of))
		v.SetMapIndex(something(t, of.Key()), something(t, of.Elem()))
	case reflect.Struct:
		if of == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(7, 0)))
		}
		for n := range v.NumField() {
			if v.Field(n).CanSet() {
				v.Field(n).Set(something(t, v.Field(n).Type()))
			}
		}
	case reflect.String:
		v.SetString("something")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	}
	if v.IsZero() {
		t.Errorf("no value of the type %s: make one here", of)
	}
	return v
}
