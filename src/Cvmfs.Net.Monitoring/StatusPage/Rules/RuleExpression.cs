using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rules;

/// <summary>A condition over counts, such as <c>stratum1_servers &lt; 2 || repos_out_of_sync > 3</c>. Immutable.</summary>
/// <remarks>The expressions of Rhai without calls, assignments and statements. From low to high: <c>||</c>, <c>&amp;&amp;</c>, <c>== !=</c>,
/// <c>&lt; &lt;= > >=</c>, <c>+ -</c>, <c>* / %</c>, unary <c>! -</c>, parentheses. Integers have 64 bits, their division truncates, and an overflow
/// is an error; mixed with decimals they become decimals.</remarks>
public sealed class RuleExpression
{
    /// <summary>Longest expression, in bytes of UTF-8.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Deepest nesting of parentheses and signs.</summary>
    public const int MaxDepth = 64;

    private static readonly string[][] Levels = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];

    private readonly RuleNode _root;

    private RuleExpression(string text, RuleNode root) => (Text, _root) = (text, root);

    /// <summary>The expression as written.</summary>
    public string Text { get; }

    /// <summary>Reads an expression.</summary>
    /// <exception cref="RuleExpressionException">It is too long, too deep, or none; the message says where.</exception>
    public static RuleExpression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > MaxBytes) throw new RuleExpressionException($"the expression has {bytes} bytes, expected at most {MaxBytes}.", 1);
        var parser = new Parser(RuleToken.Read(text));
        return new RuleExpression(text, parser.ReadAll());
    }

    /// <summary>Whether the condition holds.</summary>
    /// <param name="variables">What names stand for.</param>
    /// <exception cref="RuleExpressionException">A name has no value, a number stands where a truth value must, or the other way round.</exception>
    public bool IsTrue(IReadOnlyDictionary<string, RuleValue> variables)
    {
        var value = _root.Evaluate(variables);
        return value.Kind == RuleValueKind.Boolean
            ? value.IsTrue
            : throw new RuleExpressionException($"the result is the number {value}, expected true or false.", _root.Column);
    }

    private sealed class Parser(List<RuleToken> tokens)
    {
        private int _at;
        private int _depth;

        private RuleToken Next => tokens[_at];

        public RuleNode ReadAll()
        {
            if (Next.Text.Length == 0) throw new RuleExpressionException("the expression is empty.", 1);
            var root = ReadLevel(0);
            return Next.Text.Length == 0 ? root : throw Unexpected(Next.Text == "(" ? "functions cannot be called" : "expected an operator or the end");
        }

        private RuleNode ReadLevel(int level)
        {
            if (level == Levels.Length) return ReadUnary();
            var left = ReadLevel(level + 1);
            while (Levels[level].Contains(Next.Text))
            {
                var token = Next;
                _at++;
                left = new BinaryNode(token.Text, left, ReadLevel(level + 1), token.Column);
            }

            return left;
        }

        private RuleNode ReadUnary()
        {
            var token = Next;
            if (token.Text is not ("!" or "-" or "(")) return ReadPrimary();
            if (++_depth > MaxDepth) throw new RuleExpressionException($"nested deeper than {MaxDepth}.", token.Column);
            _at++;
            RuleNode node;
            if (token.Text == "(")
            {
                node = ReadLevel(0);
                if (Next.Text != ")") throw Unexpected($"the parenthesis of column {token.Column} is not closed");
                _at++;
            }
            else
            {
                node = new UnaryNode(token.Text, ReadUnary(), token.Column);
            }

            _depth--;
            return node;
        }

        private RuleNode ReadPrimary()
        {
            var token = Next;
            _at++;
            if (token.Literal is { } literal) return new LiteralNode(literal, token.Column);
            if (token.IsName) return new VariableNode(token.Text, token.Column);
            _at--;
            throw Unexpected("expected a number, a name or a parenthesis");
        }

        private RuleExpressionException Unexpected(string expected)
            => new(Next.Text.Length == 0 ? $"the expression ends too early: {expected}." : $"unexpected \"{Next.Text}\": {expected}.", Next.Column);
    }
}
