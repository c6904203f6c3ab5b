extension CheckReport {
    /// Reads what ``json`` holds: a verdict is shown again from what was recorded, never by judging again.
    ///
    /// - Returns: nil for a document that is no report.
    package init?(_ node: JSONValue) {
        guard let title = node[key: "title"]?.stringValue, let subject = node[key: "subject"]?.stringValue,
            let nodes = node[key: "items"]?.listValue
        else { return nil }
        let items = nodes.compactMap { node -> Item? in
            guard let name = node[key: "name"]?.stringValue,
                let status = node[key: "status"]?.stringValue.flatMap(Status.init(rawValue:))
            else { return nil }
            return Item(
                name: name, status: status, reason: node[key: "reason"]?.stringValue ?? "",
                evidence: (node[key: "evidence"]?.listValue ?? []).compactMap(\.stringValue),
                values: node[key: "values"] ?? .null)
        }
        guard items.count == nodes.count else { return nil }
        self.init(title: title, subject: subject, items: items)
    }
}
