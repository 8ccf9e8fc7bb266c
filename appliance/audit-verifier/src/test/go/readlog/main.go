// Readlog reads one log of ours with other people's code: golang.org/x/mod/sumdb/tlog and note, as
// the Go checksum database's clients do. Nothing here knows our formats but the names of the files.
//
//	readlog URL VKEY SEED [CHECKPOINT]...
//
// URL is a log as "map-verify serve-tiles" serves it, VKEY its Ed25519 verifier key; the further
// files are older checkpoints of it. Every entry is hashed and found in the tree; inclusion and
// consistency are proven and checked at random sizes drawn from SEED. Exits 0 only if all held.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofs = 64

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "readlog:", err)
		os.Exit(4)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("usage: readlog URL VKEY SEED [CHECKPOINT]...")
	}
	url := args[0]
	verifier, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewSource(seed))
	message, err := get(url + "checkpoint")
	if err != nil {
		return err
	}
	tree, err := open(message, verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, tiles{url})
	if err := entries(url, tree, hashes, random); err != nil {
		return err
	}
	for i := 0; i < proofs; i++ {
		if err := consistent(tree, 1+random.Int63n(tree.N), nil, hashes); err != nil {
			return err
		}
	}
	for _, file := range args[3:] {
		message, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		old, err := open(message, verifier)
		if err != nil {
			return err
		}
		if err := consistent(tree, old.N, &old.Hash, hashes); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d entries, %d older checkpoints, root %s\n",
		verifier.Name(), tree.N, len(args)-3, tree.Hash)
	return nil
}

// open checks the signature of a checkpoint and reads it.
func open(message []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// entries hashes every entry, compares it with the tree, and proves some of them.
func entries(url string, tree tlog.Tree, hashes tlog.HashReader, random *rand.Rand) error {
	prove := map[int64]bool{0: true, tree.N - 1: true}
	for i := 0; i < proofs; i++ {
		prove[random.Int63n(tree.N)] = true
	}
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}
		bundle, err := get(url + strings.Replace(path(tile), "tile/0/", "tile/entries/", 1))
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		stored, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := int64(0); i < width; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("entry %d: its bundle ends before it", first+i)
			}
			length := int(binary.BigEndian.Uint16(bundle))
			hash := tlog.RecordHash(bundle[2 : 2+length])
			bundle = bundle[2+length:]
			if hash != stored[i] {
				return fmt.Errorf("entry %d is not the one in the tree", first+i)
			}
			if prove[first+i] {
				proof, err := tlog.ProveRecord(tree.N, first+i, hashes)
				if err != nil {
					return err
				}
				if err := tlog.CheckRecord(proof, tree.N, tree.Hash, first+i, hash); err != nil {
					return fmt.Errorf("inclusion of %d: %v", first+i, err)
				}
			}
		}
		if len(bundle) != 0 {
			return fmt.Errorf("bytes behind entry %d", first+width-1)
		}
	}
	return nil
}

// consistent proves that the tree had this root when it was smaller.
func consistent(tree tlog.Tree, size int64, root *tlog.Hash, hashes tlog.HashReader) error {
	computed, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return err
	}
	if root == nil {
		root = &computed
	}
	proof, err := tlog.ProveTree(tree.N, size, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, *root); err != nil {
		return fmt.Errorf("consistency with size %d: %v", size, err)
	}
	return nil
}

// tiles reads hash tiles; what it gives is checked against the root by TileHashReader.
type tiles struct{ url string }

func (tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := get(t.url + path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// path is that of C2SP tlog-tiles, which leaves out the height that is always 8.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 32<<20))
}
