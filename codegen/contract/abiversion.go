package contract

import "fmt"

// OldestABI is the oldest version of the contract whose modules still run. A
// runtime that learns a new version goes on running the old ones for as long
// as it can; where it can't, this is raised, and they are refused.
const OldestABI = 1

// CheckABI says in a sentence why a module or a manifest of that version of
// the contract can't be run, and what to do. It is the one place that decides.
func CheckABI(version int) error { return checkABI(version, OldestABI, ABIVersion) }

func checkABI(version, oldest, newest int) error {
	runs := fmt.Sprintf("this weavster runs versions %d to %d", oldest, newest)
	if oldest == newest {
		runs = fmt.Sprintf("this weavster runs version %d", newest)
	}
	switch {
	case version > newest:
		return fmt.Errorf("it was compiled for version %d of the module contract, and %s: run it with the weavster that it was built with, or a newer one", version, runs)
	case version < oldest:
		return fmt.Errorf("it was compiled for version %d of the module contract, and %s: build it again with this one's compiler", version, runs)
	}
	return nil
}
