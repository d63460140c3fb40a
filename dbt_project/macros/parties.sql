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
