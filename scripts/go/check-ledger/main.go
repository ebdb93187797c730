// Command check-ledger verifies exports of a vault's ledger with Go's own packages for transparency logs, of which
// nothing was written for this format's sake: golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog.
//
//	check-ledger OLDER NEWER PROOF...
//
// OLDER and NEWER are folders that `fubako ledger export` wrote, PROOF files that `fubako ledger prove` wrote in between.
// What holds is printed; the first thing that does not is an error. So is damage that goes unnoticed.
package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check-ledger:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 3 {
		return errors.New("usage: check-ledger OLDER NEWER PROOF...")
	}
	older, err := checkExport(arguments[0])
	if err != nil {
		return err
	}
	newer, err := checkExport(arguments[1])
	if err != nil {
		return err
	}
	if err := checkConsistency(older, newer); err != nil {
		return err
	}
	for _, file := range arguments[2:] {
		if err := checkProof(file, newer); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// checkExport checks everything in an export, and that damage to any of it is noticed.
func checkExport(folder string) (*ledger, error) {
	export, err := readExport(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	checks := []func(*ledger) error{checkNote, checkBundles, checkTiles, checkNothingElse}
	for _, check := range checks {
		if err := check(export); err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
	}
	if export.tree.N <= 256 {
		return nil, fmt.Errorf("%s: %d entries make no second tile: nothing would be tried", folder, export.tree.N)
	}
	fmt.Printf("%s\n", folder)
	fmt.Printf("  the checkpoint over %d entries opens under its key\n", export.tree.N)
	fmt.Printf("  the leaves of %d bundles come to its root\n", len(export.bundles()))
	fmt.Printf("  %d tiles hold their hashes, and come to its root\n", len(export.tiles()))
	flips, err := damageExport(export)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	fmt.Printf("  refused with a flipped byte: the checkpoint %d times, a bundle %d times, a tile %d times\n",
		flips.checkpoint, flips.bundles, flips.tiles)
	return export, nil
}

// checkConsistency checks that the newer ledger begins with the older one.
func checkConsistency(older, newer *ledger) error {
	if older.key != newer.key {
		return errors.New("the exports are not of one ledger")
	}
	if older.tree.N >= newer.tree.N {
		return errors.New("nothing was added between the exports: nothing would be tried")
	}
	proof, err := tlog.ProveTree(newer.tree.N, older.tree.N, newer)
	if err != nil {
		return fmt.Errorf("no consistency proof out of the tiles: %w", err)
	}
	holds := func(proof tlog.TreeProof) error {
		return tlog.CheckTree(proof, newer.tree.N, newer.tree.Hash, older.tree.N, older.tree.Hash)
	}
	if err := holds(proof); err != nil {
		return fmt.Errorf("the newer ledger does not begin with the older: %w", err)
	}
	flips, err := damageHashes(proof, func(damaged []tlog.Hash) error { return holds(damaged) })
	if err != nil {
		return fmt.Errorf("the consistency proof: %w", err)
	}
	fmt.Printf("the ledger of %d entries begins with that of %d: a proof of %d hashes, refused with each of %d bytes flipped\n",
		newer.tree.N, older.tree.N, len(proof), flips)
	return nil
}

// checkProof checks the text that proves one entry, against the key of the export and against its tiles.
func checkProof(file string, newer *ledger) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	proof, err := readProof(text, newer.verifiers)
	if err != nil {
		return err
	}
	if proof.tree.N > newer.tree.N {
		return errors.New("it is newer than the newer export")
	}
	made, err := tlog.ProveRecord(proof.tree.N, proof.index, newer)
	if err != nil {
		return fmt.Errorf("no inclusion proof out of the tiles: %w", err)
	}
	if fmt.Sprint(made) != fmt.Sprint(proof.path) {
		return errors.New("its path is not the one the tiles give")
	}
	flips, err := damageText(text, func(damaged []byte) error {
		_, err := readProof(damaged, newer.verifiers)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("entry %d is in the ledger of %d entries: a proof refused with each of %d bytes flipped\n",
		proof.index, proof.tree.N, flips)
	return nil
}
