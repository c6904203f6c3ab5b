import Foundation
import TestSupport
import Testing

/// The program of the trading host is small.
@Suite struct RuntimeTests {
    @Test("the runtime links neither SQLite, nor Git, nor an HTTP client, nor pipelines")
    func runtimeIsSmall() throws {
        let table = try ModuleTable.read()
        var reached: Set<String> = [], queue = ["hftml-runtime"]
        while let next = queue.popLast() {
            if reached.insert(next).inserted { queue += Array(table.importsToday(next) ?? []) }
        }
        #expect(reached.contains("Execution"))
        let forbidden = [
            "Registry", "Pipelines", "Workflows", "Documents", "DataVersioning", "ConfigurationFiles", "CGit2",
            "HyperparameterSearch", "Interchange",
        ]
        for module in forbidden { #expect(!reached.contains(module), "hftml-runtime reaches \(module)") }
    }

    @Test("the linked program carries none of their libraries", .enabled(if: isBuilt, "hftml-runtime is not built"))
    func linkedLibraries() throws {
        let linked = try RunProgram.run("/usr/bin/env", ["ldd", RunProgram.runtime], in: "/").output
        #expect(!linked.isEmpty)
        for library in ["sqlite", "git2", "curl"] {
            #expect(!linked.contains(library), "hftml-runtime links \(library)")
        }
    }

    @Test(
        "what few commands need is loaded when they need it, and not at every start",
        .enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "hftml is not built"))
    func loadedWhenNeeded() throws {
        let linked = try RunProgram.run("/usr/bin/env", ["ldd", RunProgram.hftml], in: "/").output
        #expect(linked.contains("sqlite"), "\(linked)")
        for library in ["libxml2", "libicu", "libgit2", "libopenblas", "libhdf5"] {
            #expect(!linked.contains(library), "hftml links \(library)")
        }
    }

    private static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: RunProgram.runtime) }
}
