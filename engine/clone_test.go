package engine_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"relance/engine"
)

// TestAClonedRecordSharesNothing fills every field of every record that is copied, whatever it has in it, and
// looks for what the copy and the original both lead to. Moments and maps are replaced, never changed: they may be
// shared.
func TestAClonedRecordSharesNothing(t *testing.T) {
	t.Parallel()
	for _, v := range engine.Cloners() {
		t.Run(reflect.TypeOf(v).Elem().Name(), func(t *testing.T) {
			t.Parallel()
			fill(reflect.ValueOf(v).Elem())
			c := engine.Cloned(v)
			if !reflect.DeepEqual(c, v) {
				t.Errorf("the copy is\n%+v\nof\n%+v", c, v)
			}
			mine := map[uintptr]string{}
			walk(reflect.ValueOf(v), "", func(p uintptr, path string) { mine[p] = path })
			if len(mine) < 2 {
				t.Fatal("nothing was looked at")
			}
			walk(reflect.ValueOf(c), "", func(p uintptr, path string) {
				if _, both := mine[p]; both {
					t.Errorf("%s is the same memory in both", path)
				}
			})
		})
	}
}

// fill gives every field something: two elements to lists and maps, something to point at.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(monday))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 4))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	default:
		panic(fmt.Sprint("a record has a ", v.Kind(), ": fill it here"))
	}
}

// walk shows all that can be written through.
func walk(v reflect.Value, path string, see func(uintptr, string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem() == reflect.TypeFor[time.Time]() {
			return
		}
		see(v.Pointer(), path)
		walk(v.Elem(), path, see)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), path+"."+v.Type().Field(i).Name, see)
		}
	case reflect.Slice:
		see(v.Pointer(), path)
		for i := range v.Len() {
			walk(v.Index(i), path+"[]", see)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			walk(it.Value(), path+"{}", see)
		}
	}
}
