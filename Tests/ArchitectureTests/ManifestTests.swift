import Foundation
import Testing

/// `Package.swift` and the import lines agree. SwiftPM alone lets a target import what its dependencies import.
@Suite struct ManifestTests {
    /// Directories of targets: the modules, and the tests.
    private static func targets() throws -> [(name: String, files: [SourceFile])] {
        let sources = try SourceTree.sources.get(), tests = try SourceTree.tests.get()
        return Dictionary(grouping: sources, by: \.module).map { ($0.key, $0.value) }
            + Dictionary(grouping: tests, by: \.module).filter { $0.key != "Benchmarks" && $0.key != "Mutation" }
            .map { ($0.key, $0.value) }
    }

    @Test("every import is declared in Package.swift, and every declared dependency is imported")
    func importsMatchManifest() throws {
        let manifest = try Manifest.read(), targets = try Self.targets()
        #expect(targets.count > 40, "the targets could not be read")
        for (name, files) in targets.sorted(by: { $0.name < $1.name }) {
            let declared = try #require(manifest.dependencies[name], "Package.swift has no target '\(name)'")
            let imports = ImportLines.of(files)
            for (module, file) in imports.sorted(by: { $0.key < $1.key }) {
                #expect(declared.contains(module), "\(file) imports \(module), which '\(name)' does not declare")
            }
            // Every test target gets TestSupport from the helper that declares it.
            for module in declared.sorted() where imports[module] == nil && module != "TestSupport" {
                Issue.record("'\(name)' declares \(module) in Package.swift, and no file of it imports it")
            }
        }
    }

    @Test("every benchmark declares what it imports, and imports what it declares")
    func benchmarks() throws {
        let manifest = try Manifest.read(), tests = try SourceTree.tests.get()
        let benchmarks = manifest.paths.filter { $0.value.hasPrefix("Tests/Benchmarks/") }
        #expect(benchmarks.count >= 5)
        for (name, path) in benchmarks {
            let imports = Set(ImportLines.of(tests.filter { $0.path.hasPrefix(path + "/") }).keys)
            #expect(manifest.dependencies[name] == imports, "'\(name)' declares other modules than it imports")
        }
    }

    @Test("packages are at exact versions, so that what was checked is what is built again")
    func exactVersions() throws {
        let text = try SourceTree.read("Package.swift")
        let packages = text.components(separatedBy: ".package(url:").dropFirst()
        #expect(packages.count >= 9)
        for package in packages {
            let line = package.prefix { $0 != "\n" }
            #expect(line.contains("exact: \""), "found\(line), expected an exact version")
        }
    }
}
