import Foundation
import TestSupport
import Testing

/// The module table as the documentation prints it; the import lines of the sources must say the same.
@Suite struct LayeringTests {
    private static let sources = "\(SharedData.repository)/Sources"

    /// Reads `| level | module | owns | imports |` rows of the architecture page.
    private static func table() throws -> [String: (level: Int, imports: Set<String>)] {
        let text = try String(contentsOfFile: "\(sources)/Workflows/Workflows.docc/Architecture.md", encoding: .utf8)
        var table: [String: (Int, Set<String>)] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 4, let level = Int(cells[0]) else { continue }
            let names = cells[3].split(separator: ",").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `—"))
            }.filter { !$0.isEmpty }
            for module in cells[1].split(separator: ",") {
                table[module.trimmingCharacters(in: CharacterSet(charactersIn: " `"))] = (level, Set(names))
            }
        }
        return table
    }

    private static func files(_ module: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(sources)/\(module)").filter {
            $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift")
        }.map { "\(sources)/\(module)/\($0)" }
    }

    /// Third-party products and where they may enter.
    private static let thirdParty: [String: Set<String>] = [
        "SwiftProtobuf": ["Interchange"], "FoundationEssentials": ["Interchange"], "GRDB": ["Registry"],
        "GRDBSQLite": ["Registry"], "Yams": ["ConfigurationFiles"],
        "ArgumentParser": ["hftml", "hftml-runtime"],
        "TOMLKit": ["ConfigurationFiles"],
        "AsyncHTTPClient": ["DataVersioning", "Workflows"], "NIOCore": ["DataVersioning", "Workflows"],
        "NIOHTTP1": ["DataVersioning", "Workflows"], "Logging": ["Workflows", "hftml"],
        "Crypto": ["Basics", "DataVersioning", "ModelBundles", "Promotion"],
    ]
    private static let systemModules: Set<String> = ["Foundation", "Dispatch", "Synchronization", "Glibc"]

    @Test("every import is in the module table, and points down")
    func importsMatchTable() throws {
        let table = try LayeringTests.table()
        #expect(table.count > 15, "the module table could not be read")
        let modules = try FileManager.default.contentsOfDirectory(atPath: LayeringTests.sources)
        for module in modules {
            let row = try #require(table[module], "module '\(module)' is not in the table")
            for file in try LayeringTests.files(module) {
                for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                where line.hasPrefix("import ") || line.hasPrefix("package import ") {
                    let name = String(line.split(separator: " ").last ?? "")
                    if LayeringTests.systemModules.contains(name) || name == "Basics" { continue }
                    if let owners = LayeringTests.thirdParty[name] {
                        #expect(owners.contains(module), "\(file) imports \(name), which enters at \(owners.sorted())")
                        continue
                    }
                    #expect(row.imports.contains(name), "\(file) imports \(name), which the table does not allow")
                    if let target = table[name] {
                        #expect(target.level < row.level, "\(file) imports \(name) of the same or a higher level")
                    }
                }
            }
        }
    }

    @Test("the runtime links neither SQLite, nor Git, nor an HTTP client, nor pipelines")
    func runtimeIsSmall() throws {
        let table = try LayeringTests.table()
        var reached: Set<String> = [], queue = ["hftml-runtime"]
        while let next = queue.popLast() {
            if reached.insert(next).inserted { queue += Array(table[next]?.imports ?? []) }
        }
        for forbidden in ["Registry", "Pipelines", "Workflows", "DataVersioning", "ConfigurationFiles", "CGit2"] {
            #expect(!reached.contains(forbidden), "hftml-runtime reaches \(forbidden)")
        }
        guard FileManager.default.isExecutableFile(atPath: RunProgram.runtime) else { return }
        let linked = try RunProgram.run("/usr/bin/env", ["ldd", RunProgram.runtime], in: "/").output
        #expect(!linked.isEmpty)
        for library in ["sqlite", "git2", "curl"] {
            #expect(!linked.contains(library), "hftml-runtime links \(library)")
        }
    }

    @Test("no file grows beyond the ratchet without saying why")
    func filesStaySmall() throws {
        for module in try FileManager.default.contentsOfDirectory(atPath: LayeringTests.sources) {
            for file in try LayeringTests.files(module) {
                let lines = try String(contentsOfFile: file, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).count
                #expect(lines <= 450, "\(file) has \(lines) lines")
            }
        }
    }

    @Test("sources hold no forced try, no forced cast, no trap and no unfinished mark")
    func noTraps() throws {
        for module in try FileManager.default.contentsOfDirectory(atPath: LayeringTests.sources) {
            for file in try LayeringTests.files(module) {
                let text = try String(contentsOfFile: file, encoding: .utf8)
                for word in ["try!", " as!", "fatalError(", "TODO", "FIXME"] {
                    #expect(!text.contains(word), "\(file) contains '\(word)'")
                }
            }
        }
    }
}
