import Basics

/// An element of a small XML document that another machine wrote: name, text and children.
///
/// Reads what services say, not all that XML can be. XML 1.0 in UTF-8 with namespaces, the five entities of XML and
/// character references, `CDATA`, comments and processing instructions. Refused are document types, and with them all
/// other entities (nothing is expanded or fetched), documents over 16 MiB, elements more than 32 deep, and whatever is
/// not well-formed. Attributes are read and dropped, but for namespaces. O(length), one pass.
struct XMLElement: Equatable, Sendable {
    /// Without its prefix.
    var name: String
    /// Empty for none.
    var namespace: String
    /// All character data directly inside, in order.
    var text = ""
    var children: [XMLElement] = []

    static let maximumBytes = 16 << 20
    static let maximumDepth = 32

    /// Why a document was refused, and where.
    struct SyntaxError: Error, Equatable {
        var problem: String
        /// Bytes before the place.
        var offset: Int
    }

    /// The first child of a name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// Children of a name, in order.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// Reads a document.
    ///
    /// - Throws: ``SyntaxError``.
    static func parse(_ bytes: [UInt8]) throws(SyntaxError) -> XMLElement {
        guard bytes.count <= maximumBytes else {
            throw SyntaxError(problem: "\(bytes.count) bytes, more than \(maximumBytes)", offset: 0)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw SyntaxError(problem: "bytes that are not UTF-8", offset: 0)
        }
        var parser = XMLElementParser(bytes)
        return try parser.document()
    }
}

/// One pass over the bytes of a document; see ``XMLElement``.
private struct XMLElementParser {
    typealias SyntaxError = XMLElement.SyntaxError

    private let bytes: [UInt8]
    private var at = 0
    /// Elements that are open, with the namespaces in force inside.
    private var open: [(element: XMLElement, tag: String, scope: [String: String])] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ problem: String) -> SyntaxError { SyntaxError(problem: problem, offset: at) }

    mutating func document() throws(SyntaxError) -> XMLElement {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        var root: XMLElement?
        while at < bytes.count {
            if bytes[at] != UInt8(ascii: "<") {
                try characters()
            } else if skips("<!--") {
                try skip(past: "-->", what: "comment")
            } else if skips("<?") {
                try skip(past: "?>", what: "processing instruction")
            } else if skips("<![CDATA[") {
                try characterData()
            } else if skips("<!") {
                throw failure("a document type, which is not read")
            } else if skips("</") {
                if let closed = try endTag() { root = closed }
            } else {
                guard root == nil else { throw failure("a second root element") }
                at += 1
                if let closed = try startTag() { root = closed }
            }
        }
        if let last = open.last { throw failure("an end inside <\(last.tag)>") }
        guard let root else { throw failure("no element") }
        return root
    }

    // MARK: Parts

    private func isAt(_ text: StaticString) -> Bool {
        at + text.utf8CodeUnitCount <= bytes.count
            && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[at + $0] == text.utf8Start[$0] }
    }

    /// Passes over a text if it stands here.
    private mutating func skips(_ text: StaticString) -> Bool {
        guard isAt(text) else { return false }
        at += text.utf8CodeUnitCount
        return true
    }

    private mutating func skip(past end: StaticString, what: String) throws(SyntaxError) {
        while at < bytes.count {
            if skips(end) { return }
            at += 1
        }
        throw failure("an end inside a \(what)")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private mutating func skipSpaces() -> Bool {
        let start = at
        while at < bytes.count, XMLElementParser.isSpace(bytes[at]) { at += 1 }
        return at > start
    }

    /// A run of text; outside the root only spaces.
    private mutating func characters() throws(SyntaxError) {
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "<") { at += 1 }
        try append(try unescaped(start..<at))
    }

    private mutating func characterData() throws(SyntaxError) {
        let start = at
        try skip(past: "]]>", what: "CDATA section")
        guard !open.isEmpty else { throw failure("text outside the root element") }
        try append(String(decoding: bytes[start..<at - 3], as: UTF8.self))
    }

    private mutating func append(_ text: String) throws(SyntaxError) {
        if open.isEmpty {
            guard text.utf8.allSatisfy(XMLElementParser.isSpace) else {
                throw failure("text outside the root element")
            }
        } else {
            open[open.count - 1].element.text += text
        }
    }

    private mutating func name() throws(SyntaxError) -> String {
        let start = at
        while at < bytes.count, !XMLElementParser.isSpace(bytes[at]), !Array("<>/=\"'&".utf8).contains(bytes[at]) {
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_",
            text.split(separator: ":", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }),
            text.count(where: { $0 == ":" }) <= 1
        else { throw failure(text.isEmpty ? "no name where one belongs" : "'\(text.prefix(40))' as a name") }
        return text
    }

    /// - Returns: the root, when the tag was all of it.
    private mutating func startTag() throws(SyntaxError) -> XMLElement? {
        guard open.count < XMLElement.maximumDepth else {
            throw failure("elements more than \(XMLElement.maximumDepth) deep")
        }
        let tag = try name()
        var scope = open.last?.scope ?? ["": ""]
        var seen: Set<String> = []
        while true {
            let hasSpace = skipSpaces()
            if skips("/>") {
                open.append((try element(tag, scope), tag, scope))
                return close()
            }
            if skips(">") {
                open.append((try element(tag, scope), tag, scope))
                return nil
            }
            guard at < bytes.count else { throw failure("an end inside <\(tag)") }
            guard hasSpace else { throw failure("no space before an attribute of <\(tag)>") }
            let attribute = try name()
            guard seen.insert(attribute).inserted else { throw failure("'\(attribute)' twice in <\(tag)>") }
            let value = try attributeValue(attribute)
            if attribute == "xmlns" { scope[""] = value }
            if attribute.hasPrefix("xmlns:") { scope[String(attribute.dropFirst(6))] = value }
        }
    }

    private mutating func attributeValue(_ attribute: String) throws(SyntaxError) -> String {
        _ = skipSpaces()
        guard skips("=") else { throw failure("no value of '\(attribute)'") }
        _ = skipSpaces()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else {
            throw failure("no quotes around the value of '\(attribute)'")
        }
        let quote = bytes[at], start = at + 1
        at = start
        while at < bytes.count, bytes[at] != quote, bytes[at] != UInt8(ascii: "<") { at += 1 }
        guard at < bytes.count, bytes[at] == quote else { throw failure("no end of the value of '\(attribute)'") }
        let value = try unescaped(start..<at)
        at += 1
        return value
    }

    private func element(_ tag: String, _ scope: [String: String]) throws(SyntaxError) -> XMLElement {
        let parts = tag.split(separator: ":").map(String.init)
        guard parts.count == 2 else { return XMLElement(name: tag, namespace: scope[""] ?? "") }
        guard let namespace = scope[parts[0]] else { throw failure("the unknown prefix of <\(tag)>") }
        return XMLElement(name: parts[1], namespace: namespace)
    }

    private mutating func endTag() throws(SyntaxError) -> XMLElement? {
        let tag = try name()
        _ = skipSpaces()
        guard skips(">") else { throw failure("no end of </\(tag)") }
        guard let last = open.last, last.tag == tag else {
            throw failure("</\(tag)> where \(open.last.map { "</\($0.tag)>" } ?? "nothing") belongs")
        }
        return close()
    }

    /// Takes the innermost element into the one around it; returns it where it is the root.
    private mutating func close() -> XMLElement? {
        let closed = open.removeLast().element
        if open.isEmpty { return closed }
        open[open.count - 1].element.children.append(closed)
        return nil
    }

    // MARK: Text

    private static let entities = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    /// Text with its references replaced. A reference gives one character, so nothing can grow.
    private func unescaped(_ range: Range<Int>) throws(SyntaxError) -> String {
        let text = bytes[range]
        guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
        var out: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "&") else {
                out.append(bytes[index])
                index += 1
                continue
            }
            let limit = min(range.upperBound, index + 12)
            guard let end = bytes[index..<limit].firstIndex(of: UInt8(ascii: ";")) else {
                throw SyntaxError(problem: "an '&' without its ';'", offset: index)
            }
            let reference = String(decoding: bytes[index + 1..<end], as: UTF8.self)
            guard let character = XMLElementParser.character(reference) else {
                throw SyntaxError(problem: "the unknown entity '&\(reference);'", offset: index)
            }
            out += Array(character.utf8)
            index = end + 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func character(_ reference: String) -> String? {
        guard reference.hasPrefix("#") else { return entities[reference] }
        let isHexadecimal = reference.hasPrefix("#x")
        guard let code = UInt32(reference.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
            code >= 0x20 || [0x9, 0xA, 0xD].contains(code), let scalar = Unicode.Scalar(code)
        else { return nil }
        return String(Character(scalar))
    }
}
