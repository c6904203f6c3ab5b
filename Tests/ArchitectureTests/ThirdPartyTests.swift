import Testing

/// Packages of others enter at the modules that the architecture page names, and nowhere else.
@Suite struct ThirdPartyTests {
    @Test("each product enters where the page says, both ways")
    func entersWherePageSays() throws {
        let table = try ModuleTable.read(), sources = try SourceTree.sources.get()
        #expect(table.products.count >= 10, "the table of packages could not be read")
        let imports = Dictionary(grouping: sources, by: \.module).mapValues { Set(ImportLines.of($0).keys) }
        for (product, owners) in table.products {
            for (module, names) in imports where names.contains(product) {
                #expect(owners.contains(module), "\(module) imports \(product), which enters at \(owners.sorted())")
            }
            for owner in owners {
                #expect(imports[owner]?.contains(product) == true, "\(owner) does not import \(product)")
            }
        }
        for (module, names) in imports {
            for name in names where table.rows[name] == nil {
                #expect(table.products[name] != nil, "\(module) imports \(name), which the page does not name")
            }
        }
    }
}
