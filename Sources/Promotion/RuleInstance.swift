package import Basics

/// One rule where it stands in a policy, under the name that waivers and reports call it by.
///
/// The id is the kind where a kind stands once: `drift`. Where it stands several times, what it is about comes behind:
/// `metric:ic`. Any rule can be given another: `{rule: metric, id: worst-day, …}`. Two ids never differ in case alone,
/// and none is the name of another kind, so a waiver is about one rule.
package struct RuleInstance: Sendable {
    /// See above.
    package let id: String
    /// With its options.
    package let rule: any GateRule
    /// As the policy writes it, for reports.
    package let options: JSONValue

    /// As policies write it after `rule`.
    package var kind: String { type(of: rule).name }

    /// The rules of a policy, each with its id.
    ///
    /// - Throws: ``ConfigError`` with the line of a rule that cannot be told from another, and what to write there.
    static func read(_ items: [JSONValue]) throws -> [RuleInstance] {
        let read = try items.map { item in (item: item, rule: try rule(item), id: try givenID(item)) }
        var seen: [String: JSONValue] = [:]
        return try read.map { entry in
            let kind = type(of: entry.rule).name
            let isAlone = read.filter { $0.id == nil && type(of: $0.rule).name == kind }.count == 1
            let id = entry.id ?? (isAlone ? kind : entry.rule.distinction.map { "\(kind):\($0)" } ?? kind)
            if let other = seen.updateValue(entry.item, forKey: id.lowercased()) {
                throw ConfigError(
                    "found a second rule '\(id)'\(other.mark.map { ", after the one at \($0)" } ?? "")",
                    at: entry.item.mark,
                    hint: "give each an id, which waivers name: {rule: \(kind), id: NAME, …}")
            }
            return RuleInstance(id: id, rule: entry.rule, options: entry.item)
        }
    }

    /// - Parameter item: a name, or a map with `rule`, `id` and its options.
    private static func rule(_ item: JSONValue) throws -> any GateRule {
        guard let name = item.stringValue ?? item[key: "rule"]?.stringValue else {
            throw ConfigError("found an entry without 'rule'", at: item.mark)
        }
        let kind = try GatePolicy.kinds.find(name, at: item.mark)
        let map =
            item.stringValue == nil
            ? item : JSONValue(.map([JSONValue.Entry(key: "rule", value: item)]), mark: item.mark)
        return try kind.init(try ConfigReader(map, path: name, keys: ["rule", "id"] + kind.keys))
    }

    private static func givenID(_ item: JSONValue) throws -> String? {
        guard item.stringValue == nil, let node = item[key: "id"] else { return nil }
        guard let id = node.stringValue, PlainName.isPlain(id, also: ":+") else {
            throw ConfigError(
                "found \(node.stringValue.map { "'\($0)'" } ?? node.kindName) as the id of a rule, expected letters, "
                    + "digits, '-', '_', '.' and ':'", at: node.mark)
        }
        let kind = item[key: "rule"]?.stringValue ?? ""
        if let other = GatePolicy.kinds.names.first(where: { $0 == id.lowercased() && $0 != kind }) {
            throw ConfigError(
                "found the id '\(id)' at a rule '\(kind)', which is the name of the rule '\(other)'", at: node.mark,
                hint: "choose another id, such as \(kind):NAME")
        }
        return id
    }
}
