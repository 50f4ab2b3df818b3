//go:build wasip1 && !lessons

package main

// A school is nothing in the module of the first page, which holds no lessons.
type school struct{}
