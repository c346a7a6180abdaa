using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rules;

/// <summary>A word of an expression: an operator, a parenthesis, a name or a literal.</summary>
/// <param name="Text">As written; empty at the end.</param>
/// <param name="Column">Where it begins, from 1.</param>
/// <param name="Literal">Its value; null for names and operators.</param>
/// <param name="IsName">Whether it names a variable.</param>
internal readonly record struct RuleToken(string Text, int Column, RuleValue? Literal, bool IsName)
{
    private static readonly string[] Operators = ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "(", ")"];

    public static List<RuleToken> Read(string text)
    {
        var tokens = new List<RuleToken>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
            if (at == text.Length) break;
            var token = ReadOne(text, at);
            tokens.Add(token);
            at += token.Text.Length;
        }

        tokens.Add(new RuleToken("", text.Length + 1, null, IsName: false));
        return tokens;
    }

    private static RuleToken ReadOne(string text, int at)
    {
        char c = text[at];
        if (char.IsAsciiDigit(c)) return ReadNumber(text, at);
        if (char.IsAsciiLetter(c) || c == '_')
        {
            int end = at;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) end++;
            string word = text[at..end];
            return word switch
            {
                "true" => new RuleToken(word, at + 1, RuleValue.Of(true), IsName: false),
                "false" => new RuleToken(word, at + 1, RuleValue.Of(false), IsName: false),
                _ => new RuleToken(word, at + 1, null, IsName: true),
            };
        }

        foreach (string candidate in Operators)
        {
            if (string.CompareOrdinal(text, at, candidate, 0, candidate.Length) == 0) return new RuleToken(candidate, at + 1, null, IsName: false);
        }

        string hint = c switch
        {
            '=' => "; equality is ==",
            '&' => "; and is &&",
            '|' => "; or is ||",
            _ => "",
        };
        throw new RuleExpressionException($"'{c}' has no place in an expression{hint}.", at + 1);
    }

    private static RuleToken ReadNumber(string text, int at)
    {
        int end = at;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '_')) end++;
        bool isDecimal = end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]);
        if (isDecimal)
        {
            end++;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '_')) end++;
        }

        if (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '.')) throw new RuleExpressionException($"\"{text[at..(end + 1)]}\" is no number.", at + 1);
        string written = text[at..end];
        string digits = written.Replace("_", "", StringComparison.Ordinal);
        if (isDecimal) return new RuleToken(written, at + 1, RuleValue.Of(double.Parse(digits, CultureInfo.InvariantCulture)), IsName: false);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long integer)
            ? new RuleToken(written, at + 1, RuleValue.Of(integer), IsName: false)
            : throw new RuleExpressionException($"{written} does not fit 64 bits.", at + 1);
    }
}
