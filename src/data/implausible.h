/*
 * What can't be meant: words or tags that show that another column should have been read. Only in files of many words, as a
 * small one may hold anything; an error that shows two places and names the option that reads the file as it stands. With a
 * sink it is reported, and reading continues.
 */
#ifndef NOMEN_DATA_IMPLAUSIBLE_H
#define NOMEN_DATA_IMPLAUSIBLE_H

#include "data/builder.h"

/*
 * Words from which on a file is looked at. In fewer, every word may well have a tag of its own, or be a number: small tests
 * and examples would be refused. A wrong column of a real file shows itself in far more.
 */
#define NOMEN_IMPLAUSIBLE_ROWS 50

/*
 * Tags as found, before their scheme is settled: different ones, O aside, for more than two thirds of the words; or most words
 * with a tag that is a piece of a list (begins with "[" or a quote, or ends with "]", "," or a quote). Not where the column of
 * the tags or --scheme plain was stated.
 */
nomen_status nomen_implausible_tags(nomen_builder *builder, nomen_error *err);

/* Words that are all numbers, while builder->other_letters. Not where the column of the words was stated. */
nomen_status nomen_implausible_words(nomen_builder *builder, nomen_error *err);

#endif
