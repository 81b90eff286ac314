//! The first document of a stranger's YAML file, as docker takes it.
//!
//! Tags choose between text and no text, and are otherwise passed over; merge
//! keys are merged; a key twice in one map is an error. What follows the first
//! document is not looked at. Aliases share what they stand for, and still count
//! as much as a copy, so that a hostile file ends early.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, Tag};

use crate::recipe::node::Node;
use crate::recipe::scalar::ScalarKind;
use crate::written::{TextFault, duplicate_key, syntax_words};

/// The most nodes of a document, those that aliases and merge keys repeat included.
const NODES_MAX: usize = 250_000;

/// How deep lists and maps may stand in each other.
const DEPTH_MAX: usize = 64;

/// How many comments that touch what stands before them are told from it.
const GLUED_COMMENTS_MAX: usize = 100;

/// Reads the first document of a text.
///
/// # Errors
///
/// It is not YAML, or costs more to read than a recipe may.
pub(crate) fn first_document(text: &str) -> Result<Rc<Node>, TextFault> {
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let mut document = read(&text);
    for _ in 0..GLUED_COMMENTS_MAX {
        let Err((_, Some(sign))) = document else {
            break;
        };
        text.insert(sign, ' ');
        document = read(&text);
    }
    document.map_err(|(fault, _)| fault)
}

/// The error comes with the position of a comment that touches a quote or a
/// bracket: docker takes it for a comment, and the parser for none.
fn read(text: &str) -> Result<Rc<Node>, (TextFault, Option<usize>)> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let glued = matches!(error.kind(), ErrorKind::CommentNotSeparated);
            let sign = text.char_indices().nth(error.marker().index());
            let sign = sign.filter(|(_, letter)| glued && *letter == '#');
            let fault = fault(syntax_words(&error), *error.marker());
            (fault, sign.map(|(at, _)| at))
        })?;
        let taken = reader.take(event);
        taken.map_err(|why| (fault(why, span.start), None))?;
        if let Some(document) = reader.document {
            return Ok(document.node);
        }
    }
    Ok(Rc::new(Node::Null))
}

fn fault(what: impl Into<String>, place: Marker) -> TextFault {
    TextFault {
        what: what.into(),
        place: Some((place.line() as u64, place.col() as u64 + 1)),
    }
}

/// A node that is complete, with what it costs.
#[derive(Clone)]
struct Complete {
    node: Rc<Node>,
    nodes: usize,
    depth: usize,
}

/// A list or a map that is still open.
struct Open {
    anchor: usize,
    content: Content,
    nodes: usize,
    depth: usize,
}

enum Content {
    List(Vec<Rc<Node>>),
    /// With the key whose value comes next.
    Map(BTreeMap<String, Rc<Node>>, Option<Rc<Node>>),
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Complete>,
    document: Option<Complete>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(text.into_owned(), style, tag.as_deref());
                self.complete(node, anchor, 1, 0)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(anchor, Content::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.begin(anchor, Content::Map(BTreeMap::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(complete) => self.put(complete),
                None => {
                    Err("an alias (`*name`) stands inside of what it repeats; remove it".to_owned())
                }
            },
            // Of the events without a node, none but the end of a document counts.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, content: Content) -> Result<(), String> {
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep());
        }
        self.open.push(Open {
            anchor,
            content,
            nodes: 1,
            depth: 0,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let node = match open.content {
            Content::List(items) => Node::List(items),
            Content::Map(mut entries, _) => {
                if let Some(merged) = entries.remove("<<") {
                    merge(&mut entries, &merged)?;
                }
                Node::Map(entries)
            }
        };
        self.complete(node, open.anchor, open.nodes, open.depth + 1)
    }

    fn complete(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        depth: usize,
    ) -> Result<(), String> {
        let complete = Complete {
            node: Rc::new(node),
            nodes,
            depth,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, complete.clone());
        }
        self.put(complete)
    }

    /// Puts a node where it belongs.
    fn put(&mut self, complete: Complete) -> Result<(), String> {
        let Some(open) = self.open.last_mut() else {
            self.document = Some(complete);
            return Ok(());
        };
        open.nodes += complete.nodes;
        open.depth = open.depth.max(complete.depth);
        if open.nodes > NODES_MAX {
            return Err(format!(
                "it has more than {NODES_MAX} lists, maps and values"
            ));
        }
        if open.depth >= DEPTH_MAX {
            return Err(too_deep());
        }
        match &mut open.content {
            Content::List(items) => items.push(complete.node),
            Content::Map(entries, key) => match key.take() {
                None => *key = Some(complete.node),
                Some(key) => {
                    if let Some(key) = key_of(&key) {
                        if entries.contains_key(&key) {
                            return Err(duplicate_key(&key));
                        }
                        entries.insert(key, complete.node);
                    }
                }
            },
        }
        Ok(())
    }
}

fn too_deep() -> String {
    format!("it has more than {DEPTH_MAX} lists and maps in each other")
}

fn key_of(node: &Node) -> Option<String> {
    match node {
        Node::Null => Some(String::new()),
        Node::Scalar(text) | Node::Text(text) => Some(text.clone()),
        Node::List(_) | Node::Map(_) => None,
    }
}

/// Adds what a merge key brings: what stands in the map itself counts, then the
/// first of a list. Its nodes have been counted as those of the key's value.
fn merge(entries: &mut BTreeMap<String, Rc<Node>>, merged: &Rc<Node>) -> Result<(), String> {
    let sources = match &**merged {
        Node::List(sources) => sources.as_slice(),
        Node::Map(_) | Node::Null | Node::Scalar(_) | Node::Text(_) => std::slice::from_ref(merged),
    };
    for source in sources {
        let Node::Map(source) = &**source else {
            return Err(
                "a merge key (`<<`) has what is no map; give it a map, as `<<: *name`".to_owned(),
            );
        };
        for (key, value) in source {
            entries
                .entry(key.clone())
                .or_insert_with(|| Rc::clone(value));
        }
    }
    Ok(())
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    match ScalarKind::of(&text, style, tag) {
        ScalarKind::Null => Node::Null,
        ScalarKind::Other => Node::Scalar(text),
        ScalarKind::Text => Node::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, first_document};

    fn shown(node: &Node) -> String {
        match node {
            Node::Null => "null".to_owned(),
            Node::Scalar(text) => format!("<{text}>"),
            Node::Text(text) => text.clone(),
            Node::List(items) => {
                let items: Vec<_> = items.iter().map(|item| shown(item)).collect();
                format!("[{}]", items.join(" "))
            }
            Node::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{key}:{}", shown(value)))
                    .collect();
                format!("{{{}}}", entries.join(" "))
            }
        }
    }

    #[track_caller]
    fn read(text: &str) -> String {
        match first_document(text) {
            Ok(document) => shown(&document),
            Err(why) => format!("error: {why}"),
        }
    }

    #[test]
    fn the_first_document_is_read_and_nothing_behind_it() {
        for text in [
            "a: b\n",
            "a: b\n---\n",
            "a: b\n---\n[[[ : x\n",
            "a: b\n...\n][ x: y: z\n",
            "a: b\n--- !!str\nx: 1\n",
            "# why\n---\na: b\n",
            "--- {a: b}\n",
            "\u{feff}a: b\r\n",
            "\u{feff}---\r\na: b\r\n---\r\n",
            "%YAML 1.1\n---\na: b\n",
            "%TAG ! tag:x,2000:\n---\na: !y b\n",
        ] {
            assert_eq!(read(text), "{a:b}", "{text:?}");
        }
        // Docker takes the first document, even one with nothing in it.
        for text in ["", "# why\n", "---\n---\na: b\n", "---\nnull\n---\na: b\n"] {
            assert_eq!(read(text), "null", "{text:?}");
        }
    }

    /// As docker takes them: behind a quote or a bracket, and nowhere else.
    #[test]
    fn a_comment_may_touch_a_closing_quote_or_bracket() {
        for text in [
            "a: \"b\"#why\n",
            "a: 'b'#why 'c'\n#more\nc: \"d\"#e\n",
            "[\"a\"#why\n, 'b'#why\n]\n",
            "a: [b]#why\n",
            "a: {b: c}#why\nd: \"ä\"#e\n",
        ] {
            let shown = read(text);
            assert!(
                !shown.contains("why") && !shown.contains("error"),
                "{text:?}: {shown}"
            );
        }
        assert_eq!(read("a: b#c\n"), "{a:b#c}");
        assert_eq!(read("a: \"b#c\"#d\n"), "{a:b#c}");
        let many = "- \"a\"#b\n".repeat(101);
        assert!(read(&many).starts_with("error: "));
    }

    #[test]
    fn a_tag_makes_no_file_unreadable() {
        for (value, node) in [
            ("!!timestamp 2001-01-01", "<2001-01-01>"),
            ("!!timestamp", "<>"),
            ("2001-12-14t21:59:43", "2001-12-14t21:59:43"),
            ("!!set {b, c}", "{b:null c:null}"),
            ("!!omap [b: 1]", "[{b:<1>}]"),
            ("!!pairs [b: c]", "[{b:c}]"),
            ("!!binary /w==", "</w==>"),
            ("!!merge x", "x"),
            ("!!value =", "="),
            ("!!python/object:os.system x", "x"),
            ("!!str {b: c}", "{b:c}"),
            ("!!map [b]", "[b]"),
            ("!!seq {b: c}", "{b:c}"),
            ("!!str 1.0", "1.0"),
            ("!!int 99999999999999999999999", "<99999999999999999999999>"),
            ("!!float 1", "<1>"),
            ("!!null x", "null"),
            ("!<tag:yaml.org,2002:str> 5", "5"),
            ("!<tag:yaml.org,2002:nope> x", "x"),
            ("! 1.0", "1.0"),
            ("!reset null", "null"),
            ("!override [b]", "[b]"),
            ("!time 5", "5"),
            ("!degrees x", "x"),
        ] {
            assert_eq!(read(&format!("a: {value}\n")), format!("{{a:{node}}}"));
        }
        assert_eq!(read("!!timestamp a: b\n"), "{a:b}");
    }

    #[test]
    fn numbers_booleans_and_nulls_are_no_texts_and_versions_are() {
        assert_eq!(
            read("[1, 1.0, -1e3, +.5, 0.1_0, true, False, ~, null, 'null', '1', .inf]\n"),
            "[<1> <1.0> <-1e3> <+.5> <0.1_0> <true> <False> null null null 1 .inf]"
        );
        assert_eq!(
            read("[1.0.0, 1.0.0+1, yes, v1, inf, infinity, 1.2.3-rc.1, \"a\\tb\"]\n"),
            "[1.0.0 1.0.0+1 yes v1 inf infinity 1.2.3-rc.1 a\tb]"
        );
        assert_eq!(read("a: |\n  ---\n  b\n"), "{a:---\nb\n}");
        assert_eq!(
            read("{[a]: b, {c: d}: e, 1: f, true: g, ~: h}"),
            "{:h 1:f true:g}"
        );
    }

    #[test]
    fn merge_keys_and_aliases_are_followed_and_own_keys_win() {
        assert_eq!(
            read("x: &x {a: 1, b: x}\ny: {<<: *x, a: y}\n"),
            "{x:{a:<1> b:x} y:{a:y b:x}}"
        );
        assert_eq!(read("{<<: [{a: x}, {a: y, b: y}], c: z}"), "{a:x b:y c:z}");
        assert_eq!(read("[&a [b], *a, *a]"), "[[b] [b] [b]]");
        assert_eq!(
            read("x: &x {<<: {a: b}}\ny: {<<: *x}\n"),
            "{x:{a:b} y:{a:b}}"
        );
        for text in ["{<<: 5}", "{<<: [1]}", "{<<: ~}", "{<<: [[a]]}"] {
            assert!(
                read(text).contains(
                    "a merge key (`<<`) has what is no map; give it a map, as `<<: *name`"
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        let twice = "is there twice; remove one of the two (line";
        let alias =
            "an alias (`*name`) stands inside of what it repeats; remove it (line 1, column 8)";
        for (text, parts) in [
            ("a: b\na: c\n", format!("the key `a` {twice} 2, column 4)")),
            (
                "{'a': b, a: c}",
                format!("the key `a` {twice} 1, column 13)"),
            ),
            (
                "{<<: {a: b}, <<: {c: d}}",
                format!("the key `<<` {twice} 1, column 23)"),
            ),
            (
                "a: *b\n",
                "no anchor (`&name`) before it (line 1, column 4)".to_owned(),
            ),
            ("a: &a [*a]\n", alias.to_owned()),
            ("a: [b\n", "the brackets do not match".to_owned()),
            (
                "a: \"b\n",
                "a quote is not closed; close it (line 1, column 4)".to_owned(),
            ),
            (
                "a: @b\n",
                "put the text in quotes (line 1, column 4)".to_owned(),
            ),
            ("a: !x!y b\n", "it is no YAML from here on".to_owned()),
            ("a: b\u{7}\n", "(line 1, column".to_owned()),
        ] {
            let read = read(text);
            let is_told = read.starts_with("error: ") && read.contains(parts.as_str());
            assert!(is_told, "{text:?}: {read}");
        }
    }

    #[test]
    fn what_costs_too_much_ends_early() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(read(&deep(64)).starts_with("[["));
        assert!(read(&deep(65)).contains("more than 64 lists and maps in each other"));
        assert!(read(&"[".repeat(10_000)).starts_with("error"));
        // One level a line, and each as deep as what it stands for.
        let chain = |lines| -> String {
            let first = "- &a0 []\n".to_owned();
            let rest = (1..lines).map(|line| format!("- &a{line} [*a{}]\n", line - 1));
            std::iter::once(first).chain(rest).collect()
        };
        assert!(read(&chain(62)).starts_with('['));
        assert!(read(&chain(70)).contains("more than 64 lists and maps in each other"));
        let wide: Vec<_> = (0..1_000).map(|key| format!("  k{key}: v\n")).collect();
        let wide = wide.concat();
        let merges = "- <<: *x\n".repeat(1_000);
        assert!(read(&format!("- &x\n{wide}{merges}")).contains("more than 250000 lists"));
    }
}
