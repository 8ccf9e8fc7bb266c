/** What nodes on one database tell each other through Redis, so that a change acts at once. */
package dev.mapsovereign.engine.news;
