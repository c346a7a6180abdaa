using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Reads YAML 1.2, and JSON as a part of it, into nodes that know their lines. No aliases, no tags, no second document.</summary>
internal sealed class FleetYaml
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 1_000_000;

    private readonly string _file;
    private readonly Parser _parser;
    private int _nodes;

    private FleetYaml(string file, TextReader text) => (_file, _parser) = (file, new Parser(text));

    /// <summary>The root; null for an empty file.</summary>
    /// <exception cref="FleetSyntaxException">No such YAML.</exception>
    public static FleetNode? Read(string file, string text)
    {
        try
        {
            var yaml = new FleetYaml(file, new StringReader(text));
            yaml._parser.Consume<StreamStart>();
            if (!yaml._parser.TryConsume<DocumentStart>(out _)) return null;
            var root = yaml.ReadNode("", 0);
            yaml._parser.Consume<DocumentEnd>();
            return yaml._parser.Current is StreamEnd || yaml._parser.TryConsume<StreamEnd>(out _) ? root : throw yaml.Fault(yaml._parser.Current!, "a second document begins, expected one");
        }
        catch (YamlException odd)
        {
            throw new FleetSyntaxException(new FleetProblem(file, (int)odd.Start.Line, "", "no YAML: " + odd.Message.ReplaceLineEndings(" ").TrimEnd('.')), odd);
        }
    }

    private FleetNode ReadNode(string path, int depth)
    {
        if (depth > MaxDepth) throw Fault(_parser.Current!, $"is nested deeper than {MaxDepth}");
        if (++_nodes > MaxNodes) throw Fault(_parser.Current!, $"has more than {MaxNodes} parts");
        if (_parser.TryConsume<AnchorAlias>(out var alias)) throw Fault(alias, $"the alias *{alias.Value}: aliases are not read, write the value");
        if (_parser.TryConsume<Scalar>(out var scalar)) return new FleetNode(_file, Line(scalar), path) { Scalar = scalar.Value, IsPlain = scalar.Style == ScalarStyle.Plain };
        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<FleetNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
            return new FleetNode(_file, Line(sequence), path) { Items = items };
        }

        var mapping = _parser.Consume<MappingStart>();
        var entries = new Dictionary<string, FleetNode>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Current as Scalar ?? throw Fault(_parser.Current!, "a key must be a text");
            _parser.MoveNext();
            string inner = path.Length == 0 ? key.Value : $"{path}.{key.Value}";
            var value = ReadNode(inner, depth + 1);
            if (!entries.TryAdd(key.Value, value)) throw Fault(key, $"{inner} is there twice");
        }

        return new FleetNode(_file, Line(mapping), path) { Entries = entries };
    }

    private FleetSyntaxException Fault(ParsingEvent at, string message) => new(new FleetProblem(_file, Line(at), "", message));

    private static int Line(ParsingEvent at) => (int)at.Start.Line;
}
