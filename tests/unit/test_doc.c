/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree: positions, kinds, what libyaml lets through and the reader does not. */
#include "spec/doc.h"
#include "tests/unit/tap.h"

static struct ctr_doc doc;
static struct ctr_problems problems;

static bool read_doc(const char *text)
{
	ctr_doc_done(&doc);
	ctr_problems_done(&problems);
	problems = (struct ctr_problems){ .source = "t" };
	return ctr_doc_read(&doc, text, strlen(text), &problems);
}

static void at(const struct ctr_doc_node *node, unsigned int line, unsigned int column,
	       const char *what)
{
	if (!ok(node && node->line == line && node->column == column, what) && node)
		printf("# at %u:%u\n", node->line, node->column);
}

static void test_tree(void)
{
	const struct ctr_doc_node *list, *map;
	char path[128];

	ok(read_doc("a: 1\nb:\n  - x\n  - 'y'\n  - {c: \"z\\u00e9\", d: [1, 2]}\n\"e f\":\n  g: "
		    "|\n    text\n"),
	   "it is read");
	is_int(doc.root->kind, CTR_DOC_MAP, "a map");
	is_int(doc.root->n, 3, "of three keys");
	is_str(ctr_doc_get(doc.root, "a")->text, "1", "a number is a text here");
	at(ctr_doc_get(doc.root, "a"), 1, 4, "position of a value");
	at(ctr_doc_get(doc.root, "a")->key, 1, 1, "position of a key");
	list = ctr_doc_get(doc.root, "b");
	is_int(list->n, 3, "a list of three");
	ok(ctr_doc_item(list, 0)->plain && !ctr_doc_item(list, 1)->plain, "quotes are known");
	at(ctr_doc_item(list, 1), 4, 5, "position of an item");
	ok(!ctr_doc_item(list, 3) && !ctr_doc_item(doc.root, 0) && !ctr_doc_get(list, "x"),
	   "nothing beyond the end");
	map = ctr_doc_item(list, 2);
	is_str(ctr_doc_get(map, "c")->text, "z\xc3\xa9", "an escape");
	is_str(ctr_doc_path(ctr_doc_item(ctr_doc_get(map, "d"), 1), path), "b.d",
	       "a path names keys only");
	is_str(ctr_doc_path(ctr_doc_get(ctr_doc_get(doc.root, "e f"), "g"), path), "e f.g",
	       "a path of two");
	is_str(ctr_doc_get(ctr_doc_get(doc.root, "e f"), "g")->text, "text\n", "a block of lines");
	is_int((long)problems.total, 0, "no problems");
}

static void test_null(void)
{
	static const struct {
		const char *text;
		bool is_null;
	} cases[] = {
		{ "a:", true },      { "a: ~", true },   { "a: null", true },
		{ "a: NULL", true }, { "a: ''", false }, { "a: '~'", false },
		{ "a: []", false },  { "a: {}", false }, { "a: \"null\"", false },
		{ "a: nul", false },
	};

	for (size_t i = 0; i < CTR_ARRAY_LEN(cases); i++)
		ok(read_doc(cases[i].text) &&
			   ctr_doc_is_null(ctr_doc_get(doc.root, "a")) == cases[i].is_null,
		   cases[i].text);
}

/* Problems beside a tree: reading goes on, so that all are reported. */
static void test_problems(void)
{
	ok(read_doc("a: 1\na: 2\nb: &x 3\nc: *x\nd: !t 4\ne: \"\\0\"\n"),
	   "a tree in spite of problems");
	is_int((long)problems.total, 5, "five problems");
	is_str(ctr_doc_get(doc.root, "a")->text, "1", "the first of two stays");
	ok(ctr_doc_get(doc.root, "c")->bad && ctr_doc_get(doc.root, "e")->bad,
	   "what was reported is marked");
	ok(!read_doc("a: b: c\n") && problems.total == 1 && problems.items[0].line == 1,
	   "no YAML: no tree");
	ok(!read_doc("a: 1\n---\nb: 2\n") && problems.items[0].line == 2,
	   "a second document: no tree");
	ok(!read_doc("? {a: b}\n: c\n") && problems.total == 1, "a key that is a map: no tree");
	ok(!read_doc("# only a comment\n") && problems.total == 1, "nothing: no tree");
}

static void test_limits(void)
{
	char text[1024];

	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	text[128] = '\0';
	ok(read_doc(text), "64 levels");
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	text[130] = '\0';
	ok(!read_doc(text) && problems.total == 1, "not 65");
	ok(problems.items[0].line == 1 && problems.items[0].column == 65,
	   "the place is where the limit was passed");
	memset(text, '[', 1000);
	text[1000] = '\0';
	ok(!read_doc(text) && problems.total == 1, "1000 opened ones");
}

static void test_values(void)
{
	struct ctr_doc_node *node;

	ctr_doc_done(&doc);
	ctr_problems_done(&problems);
	problems = (struct ctr_problems){ .source = "t" };
	node = ctr_doc_read_value(&doc, "[a, {b: c}]", 11, 7, &problems);
	ok(node && node->kind == CTR_DOC_LIST && node->line == 7,
	   "a value with its own line number");
	ok(node && ctr_doc_get(ctr_doc_item(node, 1), "b")->line == 7, "in all of its parts");
	ok(!ctr_doc_read_value(&doc, "", 0, 8, &problems) && !problems.total,
	   "an empty value is no problem");
	ok(!ctr_doc_read_value(&doc, "[a", 2, 9, &problems) && problems.items[0].line == 9,
	   "a problem has the line too");
}

static void test_quote(void)
{
	char buf[64];

	is_str(ctr_problem_quote("plain", buf), "plain", "short text stays");
	is_str(ctr_problem_quote("a\nb\x1b[31m\x7f", buf), "a?b?[31m?", "no control bytes");
	is_str(ctr_problem_quote("0123456789012345678901234567890123456789x", buf),
	       "0123456789012345678901234567890123456789...", "long text is cut");
	is_str(ctr_problem_quote("0123456789012345678901234567890123456789", buf),
	       "0123456789012345678901234567890123456789", "40 characters are not");
	is_str(ctr_problem_quote("\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
				 "\xf0\x9f\x98\x80"
				 "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
				 "\xf0\x9f\x98\x80"
				 "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
				 "\xf0\x9f\x98\x80",
				 buf),
	       "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	       "\xf0\x9f\x98\x80"
	       "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	       "\xf0\x9f\x98\x80"
	       "\xf0\x9f\x98\x80\xf0\x9f\x98\x80...",
	       "wide characters are cut between them");
}

int main(void)
{
	test_tree();
	test_null();
	test_problems();
	test_limits();
	test_values();
	test_quote();
	ctr_doc_done(&doc);
	ctr_problems_done(&problems);
	return tap_done();
}
