import Foundation

/// The tables of the architecture page, as the documentation prints them.
struct ModuleTable {
    struct Row {
        let level: Int
        /// The modules that it may import, Basics aside, when all is built.
        let imports: Set<String>
    }

    /// `| level | module | owns | imports |`
    private(set) var rows: [String: Row] = [:]
    /// Modules that the table names and that nobody has written yet.
    private(set) var planned: Set<String> = []
    /// `| package product | enters at |`
    private(set) var products: [String: Set<String>] = [:]
    /// `| module | still imports | not yet | until |`: differences between the table and today.
    private(set) var still: [String: Set<String>] = [:], notYet: [String: Set<String>] = [:]

    static let page = "Sources/Workflows/Workflows.docc/Architecture.md"

    /// - Throws: when the page cannot be read.
    static func read() throws -> ModuleTable {
        var table = ModuleTable()
        var section = ""
        for line in try SourceTree.read(page).split(separator: "\n") {
            if line.hasPrefix("#") { section = line.drop { $0 == "#" || $0 == " " }.description }
            guard line.hasPrefix("| ") else { continue }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if ["product", "module", "level"].contains(cells[0]) { continue }
            switch (section, cells.count) {
            case ("Modules", 4):
                guard let level = Int(cells[0]) else { continue }
                for module in names(cells[1]) {
                    table.rows[module] = Row(level: level, imports: Set(names(cells[3])))
                    if cells[1].contains("(planned)") { table.planned.insert(module) }
                }
            case ("Packages", 2): for product in names(cells[0]) { table.products[product] = Set(names(cells[1])) }
            case ("On the way", 4):
                table.still[cells[0], default: []].formUnion(names(cells[1]))
                table.notYet[cells[0], default: []].formUnion(names(cells[2]))
            default: continue
            }
        }
        return table
    }

    private static func names(_ cell: String) -> [String] {
        cell.replacing("(planned)", with: "").split(separator: ",").map {
            $0.trimmingCharacters(in: CharacterSet(charactersIn: " `—"))
        }.filter { !$0.isEmpty }
    }

    /// What a module imports today, as the page says: its row, with the differences of today.
    func importsToday(_ module: String) -> Set<String>? {
        rows[module].map {
            $0.imports.subtracting(planned).union(still[module] ?? []).subtracting(notYet[module] ?? [])
        }
    }
}

/// The import lines of the sources.
enum ImportLines {
    /// Modules of the toolchain and the system, which need no declaration.
    static let system: Set<String> = [
        "Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Glibc", "Testing",
    ]

    /// Modules that a product brings along under another name: the C library that Yams carries.
    static let carried = ["CYaml": "Yams"]

    /// What the files of a directory import, each with the first file that does; the toolchain's modules aside.
    static func of(_ files: some Sequence<SourceFile>) -> [String: String] {
        var found: [String: String] = [:]
        for file in files {
            for line in file.codeLines {
                var words = line.split(separator: " ")[...]
                if let first = words.first, ["package", "public", "internal", "@preconcurrency"].contains(first) {
                    words = words.dropFirst()
                }
                guard words.first == "import", let name = words.last.map(String.init), !system.contains(name) else {
                    continue
                }
                let product = carried[name] ?? name
                found[product] = found[product] ?? file.path
            }
        }
        return found
    }
}

/// The targets of `Package.swift` and what they declare to depend on, read from its text: SwiftPM itself cannot be
/// asked while it runs the tests.
struct Manifest {
    private(set) var dependencies: [String: Set<String>] = [:]
    /// Sources of targets that do not lie in the usual place.
    private(set) var paths: [String: String] = [:]

    static func read() throws -> Manifest {
        let text = try SourceTree.read("Package.swift")
        var manifest = Manifest(), constants: [String: String] = [:]
        for part in text.components(separatedBy: "\nlet ").dropFirst() where part.contains(": Target.Dependency = ") {
            let name = part.prefix { $0.isLetter }
            constants[String(name)] = literals(String(part.prefix { $0 != "\n" })).first
        }
        for head in ["module(", "tests(", ".target(", ".executableTarget(", ".systemLibrary("] {
            for part in text.components(separatedBy: head).dropFirst() {
                let call = balanced(part, open: "(", close: ")")
                // Declarations of the helpers and dependencies on targets begin otherwise.
                guard let name = literals(call).first,
                    call.hasPrefix("\"") || call.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix("name: \"")
                        || call.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix("\"")
                else { continue }
                var list = ""
                if let start = call.range(of: head.hasPrefix(".") ? "dependencies: [" : "[") {
                    list = balanced(String(call[start.upperBound...]), open: "[", close: "]")
                }
                var found = Set(literals(list.replacing(/, package: "[^"]*"/, with: "")))
                for word in list.split(whereSeparator: { !$0.isLetter }) {
                    if let product = constants[String(word)] { found.insert(product) }
                }
                if head == "tests(" { found.insert("TestSupport") }
                manifest.dependencies[name] = found
                if let path = call.range(of: "path: \"") {
                    manifest.paths[name] = String(call[path.upperBound...].prefix { $0 != "\"" })
                }
            }
        }
        return manifest
    }

    /// The text up to the bracket that closes the one before it.
    private static func balanced(_ text: String, open: Character, close: Character) -> String {
        var depth = 1
        let end = text.firstIndex { character in
            if character == open { depth += 1 } else if character == close { depth -= 1 }
            return depth == 0
        }
        return String(text[..<(end ?? text.endIndex)])
    }

    private static func literals(_ text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
            index % 2 == 1 ? String(part) : nil
        }
    }
}
