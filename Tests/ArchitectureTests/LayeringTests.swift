import Testing

/// The module table as the documentation prints it; the import lines of the sources say exactly the same.
@Suite struct LayeringTests {
    @Test("the table has a row for every module, and no row without a module")
    func modulesMatchTable() throws {
        let table = try ModuleTable.read(), modules = try SourceTree.modules()
        #expect(table.rows.count > 20, "the module table could not be read")
        for module in modules {
            #expect(table.rows[module] != nil, "the module '\(module)' is not in the table of \(ModuleTable.page)")
            #expect(!table.planned.contains(module), "the module '\(module)' is there: remove '(planned)' from its row")
        }
        for module in table.rows.keys.sorted() where !table.planned.contains(module) {
            #expect(modules.contains(module), "the table names the module '\(module)', which does not exist")
        }
    }

    @Test("every import is in the table and every import of the table is made, both ways")
    func importsMatchTable() throws {
        let table = try ModuleTable.read(), sources = try SourceTree.sources.get()
        for module in try SourceTree.modules() {
            guard let allowed = table.importsToday(module) else { continue }
            var found = ImportLines.of(sources.filter { $0.module == module })
            found = found.filter { $0.key != "Basics" && table.products[$0.key] == nil }
            for (name, file) in found.sorted(by: { $0.key < $1.key }) {
                #expect(allowed.contains(name), "\(file) imports \(name), which the table does not allow \(module)")
            }
            for name in allowed.sorted() where found[name] == nil {
                Issue.record("the table says that \(module) imports \(name), and no file of it does")
            }
        }
    }

    @Test("arrows point down")
    func arrowsPointDown() throws {
        let table = try ModuleTable.read()
        for (module, row) in table.rows {
            for name in row.imports.union(table.still[module] ?? []) {
                guard let target = table.rows[name] else {
                    Issue.record("\(module) imports \(name), which has no row")
                    continue
                }
                #expect(
                    target.level < row.level, "\(module) (level \(row.level)) imports \(name) (level \(target.level))")
            }
        }
    }

    @Test("the differences between the table and today are real")
    func differencesAreReal() throws {
        let table = try ModuleTable.read()
        for (module, names) in table.still {
            let target = try #require(table.rows[module], "'\(module)' has no row")
            for name in names { #expect(!target.imports.contains(name), "\(module) may import \(name) anyway") }
        }
        for (module, names) in table.notYet {
            let target = try #require(table.rows[module], "'\(module)' has no row")
            for name in names { #expect(target.imports.contains(name), "\(module) is not meant to import \(name)") }
        }
    }
}
