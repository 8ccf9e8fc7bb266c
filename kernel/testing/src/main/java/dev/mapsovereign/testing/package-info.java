/** Test support: real servers, clocks, seeds, files that fail. Never part of a release. */
@NullMarked
package dev.mapsovereign.testing;

import org.jspecify.annotations.NullMarked;
