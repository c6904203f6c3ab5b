import Basics
import CYaml

/// The events of one YAML stream, read by libyaml, with everything that decides what they mean: tags, anchors, whether
/// a scalar stood plain.
///
/// Events and not Yams' nodes: a node has forgotten where an alias stood, unfolds documents without bound, and takes
/// two keys for one that differ in their bytes only.
struct YAMLEvents: ~Copyable {
    struct Head {
        let anchor: String?
        let tag: String?
        let mark: SourceMark
    }

    enum Event {
        case streamStart, streamEnd
        /// With the version of a `%YAML` line.
        case documentStart(version: (major: Int, minor: Int)?, SourceMark)
        case documentEnd
        case alias(String, SourceMark)
        case scalar(String, isPlain: Bool, Head)
        case listStart(Head), listEnd
        case mapStart(Head), mapEnd
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String

    /// - Parameter bytes: UTF-8; they must stay where they are while events are read.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        self.file = file
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deinitialize(count: 1)
        parser.deallocate()
    }

    /// - Throws: ``ConfigError`` with its place.
    mutating func next() throws -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let mark = place(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT:
            let version = event.data.document_start.version_directive.map {
                (Int($0.pointee.major), Int($0.pointee.minor))
            }
            return .documentStart(version: version, mark)
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(Self.text(event.data.alias.anchor) ?? "", mark)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let value = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(
                value, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, head(scalar.anchor, scalar.tag, mark))
        case YAML_SEQUENCE_START_EVENT:
            let list = event.data.sequence_start
            return .listStart(head(list.anchor, list.tag, mark))
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_START_EVENT:
            let map = event.data.mapping_start
            return .mapStart(head(map.anchor, map.tag, mark))
        case YAML_MAPPING_END_EVENT: return .mapEnd
        default: return .streamEnd
        }
    }

    private func head(
        _ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?, _ mark: SourceMark
    ) -> Head {
        // `!` alone leaves the choice of the type to the reader, as no tag does.
        let tag = Self.text(tag)
        return Head(anchor: Self.text(anchor), tag: tag == "!" ? nil : tag, mark: mark)
    }

    private static func text(_ bytes: UnsafePointer<UInt8>?) -> String? { bytes.map { String(cString: $0) } }

    private func place(_ mark: yaml_mark_t) -> SourceMark {
        SourceMark(file: file, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func failure() -> ConfigError {
        let parser = parser.pointee
        let problem = parser.problem.map { String(cString: $0) } ?? "it could not be read"
        let isPlaced = parser.error == YAML_SCANNER_ERROR || parser.error == YAML_PARSER_ERROR
        return ConfigError(
            "the YAML is malformed: \(problem)", at: place(isPlaced ? parser.problem_mark : parser.mark),
            code: "yaml.syntax")
    }
}
