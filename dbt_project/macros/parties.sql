{#
    Attributes by which the records of one customer in several systems are recognised: written the same way whatever
    the system, or null.
#}

{# A tax id as it is compared: upper case, letters and digits only. #}
{% macro tax_id(column) -%}
    nullif(upper(regexp_replace({{ column }}, '[^A-Za-z0-9]', '', 'g')), '')
{%- endmacro %}


{# The domain of an e-mail address or a web address: lower case, without scheme, www and path. #}
{% macro internet_domain(column) -%}
    nullif(
        regexp_replace(
            lower(trim({{ column }})), '^([a-z]+://)?([^@/]*@)?(www\.)?([^/:?#]*).*$', '\4'
        ), ''
    )
{%- endmacro %}


{# A legal entity identifier as it is compared: the 20 letters and digits of ISO 17442, or null. #}
{% macro legal_entity_identifier(column) -%}
    case when length({{ tax_id(column) }}) = 20 then {{ tax_id(column) }} end
{%- endmacro %}


{# The words of a name or an address: lower case, without accents; stops and apostrophes join (B.V. is bv), & is and. #}
{% macro words(column) -%}
    {{ return(adapter.dispatch('words')(column)) }}
{%- endmacro %}

{% macro duckdb__words(column) -%}
    list_filter(
        string_split_regex(
            regexp_replace(
                replace(lower(strip_accents({{ column }})), '&', ' and '), '[.''’`´]', '', 'g'
            ),
            '[^\p{L}\p{N}]+'
        ),
        lambda word: word <> ''
    )
{%- endmacro %}


{# Those of the words that are not among the others; all of them where nothing would be left. #}
{% macro words_without(words, others) -%}
    {{ return(adapter.dispatch('words_without')(words, others)) }}
{%- endmacro %}

{% macro duckdb__words_without(words, others) -%}
    case
        when list_has_all({{ others }}, {{ words }}) then {{ words }}
        else list_filter({{ words }}, lambda word: not list_contains({{ others }}, word))
    end
{%- endmacro %}


{# Words as one text, in their order or sorted; null where there is none. #}
{% macro joined_words(words) -%}
    {{ return(adapter.dispatch('joined_words')(words)) }}
{%- endmacro %}

{% macro duckdb__joined_words(words) -%}
    nullif(array_to_string({{ words }}, ' '), '')
{%- endmacro %}

{% macro sorted_words(words) -%}
    {{ return(adapter.dispatch('sorted_words')(words)) }}
{%- endmacro %}

{% macro duckdb__sorted_words(words) -%}
    nullif(array_to_string(list_sort({{ words }}), ' '), '')
{%- endmacro %}


{# All values of a column in one list. #}
{% macro list_of(column) -%}
    {{ return(adapter.dispatch('list_of')(column)) }}
{%- endmacro %}

{% macro duckdb__list_of(column) -%}
    list({{ column }})
{%- endmacro %}


{# One row per member of a list. #}
{% macro each_of(list) -%}
    {{ return(adapter.dispatch('each_of')(list)) }}
{%- endmacro %}

{% macro duckdb__each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}


{# The last nine digits of a telephone number, which it has whatever is dialled before; null where there are fewer than seven. #}
{% macro phone_digits(column) -%}
    case
        when length(regexp_replace({{ column }}, '[^0-9]', '', 'g')) >= 7
            then right(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 9)
    end
{%- endmacro %}


{# Whether two texts have a word in common. #}
{% macro shares_a_word(one, other) -%}
    {{ return(adapter.dispatch('shares_a_word')(one, other)) }}
{%- endmacro %}

{% macro duckdb__shares_a_word(one, other) -%}
    list_has_any(string_split({{ one }}, ' '), string_split({{ other }}, ' '))
{%- endmacro %}
