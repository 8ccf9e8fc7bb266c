/**
 * A subset of the policy language Cedar: reading and judging, nothing of this product. Whatever
 * text is accepted here means here what it means to Cedar itself; what is left out (extension
 * functions, entity tags, templates) is refused by name. Begin at {@link
 * dev.mapsovereign.engine.policy.cedar.PolicyParser} and {@link
 * dev.mapsovereign.engine.policy.cedar.Authorizer}.
 *
 * <p>Source of the rules: Cedar 4.13, its grammar (docs.cedarpolicy.com, "Grammar for Cedar
 * syntax") and, where that is silent, what its own library does; a test holds both to one verdict.
 */
@NullMarked
package dev.mapsovereign.engine.policy.cedar;

import org.jspecify.annotations.NullMarked;
